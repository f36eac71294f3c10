#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit.h"

static int set_up(void **state)
{
    char *dir = strdup("/tmp/test_file.XXXXXX");

    assert_non_null(dir);
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    *state = dir;
    return 0;
}

static int tear_down(void **state)
{
    unlink("file");
    unlink("page");
    rmdir("a/b/c");
    rmdir("a/b");
    rmdir("a");
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(*state), 0);
    free(*state);
    return 0;
}

static void write_file(size_t len)
{
    FILE *file = fopen("file", "w");

    assert_non_null(file);
    for (size_t i = 0; i < len; i++)
        fputc((int)(i % 251), file);
    assert_int_equal(fclose(file), 0);
}

static void reads_all(void **state)
{
    struct err err = ERR_INIT;
    struct strbuf content = STRBUF_INIT;

    (void)state;
    write_file(100000);
    strbuf_addstr(&content, "x");
    assert_int_equal(file_read("file", 100000, &content, &err), 0);
    assert_int_equal(content.len, 100001);
    assert_int_equal((unsigned char)content.buf[100000], 99999 % 251);
    strbuf_release(&content);
}

static void too_large(void **state)
{
    struct err err = ERR_INIT;
    struct strbuf content = STRBUF_INIT;

    (void)state;
    write_file(100);
    strbuf_addstr(&content, "x");
    assert_int_equal(file_read("file", 99, &content, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_has(err.message, "file is larger than 99 bytes");
    assert_string_equal(content.buf, "x");
    assert_int_equal(content.len, 1);
    strbuf_release(&content);
    err_release(&err);
}

static void unreadable(void **state)
{
    struct err err = ERR_INIT;
    struct strbuf content = STRBUF_INIT;

    (void)state;
    assert_int_equal(file_read("none", 10, &content, &err), -1);
    assert_has(err.message, "none: No such file");
    assert_int_equal(file_read(".", 10, &content, &err), -1);
    assert_has(err.message, "directory");
    assert_int_equal(err.code, ERR_CONFIG);
    err_release(&err);
}

static void makes_directories(void **state)
{
    struct err err = ERR_INIT;
    struct stat st;

    (void)state;
    assert_int_equal(file_make_directories("a//b/c/", 0700, &err), 0);
    assert_int_equal(file_make_directories("a/b/c", 0755, &err), 0);
    assert_int_equal(stat("a/b/c", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(file_make_directories("/", 0700, &err), 0);
    assert_int_equal(file_make_directories(".", 0700, &err), 0);
}

static void no_directory(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    write_file(0);
    assert_int_equal(file_make_directories("file/x", 0700, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_int_equal(file_make_directories("file", 0700, &err), -1);
    assert_has(err.message, "file");
    assert_int_equal(file_make_directories("", 0700, &err), -1);
    err_release(&err);
}

static void assert_content(const char *path, const char *expected)
{
    struct strbuf content = STRBUF_INIT;
    struct err err = ERR_INIT;

    assert_int_equal(file_read(path, 1000, &content, &err), 0);
    assert_string_equal(content.buf, expected);
    strbuf_release(&content);
}

static void replaces(void **state)
{
    struct err err = ERR_INIT;
    struct stat st;

    (void)state;
    assert_int_equal(file_replace("page", "first", 5, &err), 0);
    assert_content("page", "first");
    assert_int_equal(stat("page", &st), 0);
    assert_int_equal(st.st_mode & 0137, 0); /* 0640 without the bits of the umask */
    assert_int_equal(chmod("page", 0604), 0);
    assert_int_equal(file_replace("page", "2", 1, &err), 0);
    assert_content("page", "2");
    assert_int_equal(stat("page", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0604);
    assert_int_equal(file_replace("/dev/null", "x", 1, &err), 0);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
}

/* The old content stays, and nothing is left beside it. */
static void cant_replace(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(file_replace("missing/page", "x", 1, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_has(err.message, "can't write missing/page");
    assert_int_equal(mkdir("a", 0700), 0);
    assert_int_equal(file_replace("a", "x", 1, &err), -1);
    assert_int_equal(rmdir("a"), 0);
    err_release(&err);
}

static void writes_all(void **state)
{
    struct strbuf text = STRBUF_INIT;
    struct err err = ERR_INIT;
    int fd = open("all", O_WRONLY | O_CREAT, 0600), full = open("/dev/full", O_WRONLY);

    (void)state;
    assert_int_equal(file_write_all(fd, "a\0b", 3), 0);
    assert_int_equal(file_write_all(fd, "", 0), 0);
    assert_int_equal(file_read("all", 100, &text, &err), 0);
    assert_int_equal(text.len, 3);
    assert_memory_equal(text.buf, "a\0b", 3);
    assert_int_equal(file_write_all(full, "x", 1), -1);
    assert_int_equal(errno, ENOSPC);
    close(fd);
    close(full);
    unlink("all");
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_WITH("a file is read to its end and appended", reads_all, set_up, tear_down),
        TEST_WITH("a file that is too large leaves the text as it was", too_large, set_up,
                  tear_down),
        TEST_WITH("what can't be read is named", unreadable, set_up, tear_down),
        TEST_WITH("missing directories are made, present ones stay", makes_directories, set_up,
                  tear_down),
        TEST_WITH("a file in the place of a directory is an error", no_directory, set_up,
                  tear_down),
        TEST_WITH("a file is replaced as a whole, with its mode; a device is written to", replaces,
                  set_up, tear_down),
        TEST_WITH("a buffer is written to its end, or errno says why not", writes_all, set_up,
                  tear_down),
        TEST_WITH("what can't be replaced is named", cant_replace, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
