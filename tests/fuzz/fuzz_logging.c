/*
 * Python's logging files: any bytes end, and give a path of one line or none; what the text holds
 * isn't repeated in the messages beyond names. tests/fuzz/run builds and runs it.
 */
#include "conf/logging_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf path = STRBUF_INIT;
    struct err err = ERR_INIT;
    int fd = memfd_create("logging", MFD_CLOEXEC);
    char *found;

    log_set_level(LOG_LEVEL_ERROR);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    strbuf_addf(&path, "/proc/self/fd/%d", fd);
    must(logging_file_find(path.buf, &found, &err) == 0);
    must(!found || (*found && !strchr(found, '\n')));
    free(found);
    strbuf_release(&path);
    close(fd);
    return 0;
}
