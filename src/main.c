#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cmd/command.h"
#include "cmd/schema/schema.h"
#include "cmd/tenants/tenants.h"

static const struct command *const commands[] = {
    &command_tenants_plan,       &command_tenants_run,
    &command_tenants_status,     &command_tenants_verify,
    &command_tenants_report,     &command_tenants_check,
    &schema_version_command,     &schema_detect_revision_command,
    &schema_fingerprint_command, &schema_stamp_command,
    &schema_upgrade_command,     &schema_downgrade_command,
    &schema_history_command,     &schema_heads_command,
    &schema_show_command,        &schema_diff_command,
    &schema_align_command,       &schema_check_command,
    &schema_revision_command,    &schema_lint_command,
    &schema_wait_command,        NULL,
};

/* Memory holds passwords. So there is no core file, and no other process of this user may read our
 * memory. */
static void keep_memory_private(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) /* its search for leaks reads the process from outside */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int argc, char **argv)
{
    keep_memory_private();
    signal(SIGPIPE, SIG_IGN);
    exit(command_main(commands, argc, argv));
}
