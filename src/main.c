#include <signal.h>
#include <stdlib.h>

#include "cmd/command.h"
#include "cmd/schema.h"
#include "cmd/tenants.h"

static const struct command *const commands[] = {
    &command_tenants_plan,
    &command_tenants_run,
    &command_tenants_status,
    &command_tenants_verify,
    NULL,
};

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    exit(command_main(commands, argc, argv));
}
