/* io/file: maps and reads, atomic writing, SHA-256. */
#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "io/file.h"
#include "io/path.h"

static char folder[256];

static const char *in_folder(const char *name)
{
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    test_make_temp_dir(folder, sizeof folder);
    return 0;
}

static int entries(const char *path, int remove_them)
{
    DIR *dir = opendir(path);
    int n = 0;
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[1024];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        n++;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (remove_them && remove(name) != 0) {
            assert_true(entries(name, 1) >= 0);
            assert_int_equal(rmdir(name), 0);
        }
    }
    closedir(dir);
    return n;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)entries(folder, 1);
    return rmdir(folder);
}

static void assert_content(const char *path, const char *expected)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    assert_ok(pb_file_read(path, 1 << 20, &bytes, &size));
    assert_int_equal(size, strlen(expected));
    assert_string_equal((const char *)bytes, expected);
    pb_free(bytes);
}

static void write_text(const char *path, const char *text)
{
    assert_ok(pb_file_write(path, text, strlen(text)));
}

static void message_names(const char *text)
{
    if (!strstr(pb_error_message(), text))
        fail_msg("'%s' is not in the message: %s", text, pb_error_message());
}

static void map_shows_the_bytes(void **state)
{
    (void)state;
    pb_file_map map;
    write_text(in_folder("a"), "hello");
    assert_ok(pb_file_map_open(in_folder("a"), &map));
    assert_int_equal(map.size, 5);
    assert_memory_equal(map.bytes, "hello", 5);
    pb_file_map_close(&map);
    assert_null(map.bytes);
    pb_file_map_close(&map);
}

static void empty_file_maps_and_reads(void **state)
{
    (void)state;
    pb_file_map map = {(const uint8_t *)"x", 1};
    write_text(in_folder("empty"), "");
    assert_ok(pb_file_map_open(in_folder("empty"), &map));
    assert_null(map.bytes);
    assert_int_equal(map.size, 0);
    pb_file_map_close(&map);
    assert_content(in_folder("empty"), "");
}

static void what_is_no_regular_file_is_not_mapped(void **state)
{
    (void)state;
    pb_file_map map;
    assert_status(pb_file_map_open(in_folder("missing"), &map), PB_STATUS_IO);
    message_names("missing: No such file");
    assert_status(pb_file_map_open(folder, &map), PB_STATUS_IO);
    message_names("folder");
    assert_status(pb_file_map_open("/dev/null", &map), PB_STATUS_IO);
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    assert_status(pb_file_map_open(in_folder("fifo"), &map), PB_STATUS_IO); /* and does not wait for a writer */
    remove(in_folder("fifo"));
}

static void read_respects_its_limit(void **state)
{
    (void)state;
    uint8_t *bytes = NULL;
    size_t size;
    write_text(in_folder("a"), "hello");
    assert_status(pb_file_read(in_folder("a"), 4, &bytes, &size), PB_STATUS_LIMIT);
    assert_null(bytes);
    assert_ok(pb_file_read(in_folder("a"), 5, &bytes, &size));
    assert_int_equal(size, 5);
    pb_free(bytes);
    assert_status(pb_file_read(folder, 100, &bytes, &size), PB_STATUS_IO);
    assert_status(pb_file_read(in_folder("missing"), 100, &bytes, &size), PB_STATUS_IO);
}

/* Files without a size, like pipes and /proc, and larger than the first buffer. */
static void read_needs_no_size(void **state)
{
    (void)state;
    enum { BYTES = 300000 };
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    const pid_t child = fork();
    if (child == 0) {
        const int fd = open(in_folder("pipe"), O_WRONLY);
        for (int i = 0; i < BYTES; i++) {
            const char c = (char)(i % 251);
            if (write(fd, &c, 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    uint8_t *bytes = NULL;
    size_t size = 0;
    assert_ok(pb_file_read_stream(in_folder("pipe"), BYTES, &bytes, &size));
    assert_int_equal(size, BYTES);
    for (int i = 0; i < BYTES; i++)
        if (bytes[i] != i % 251)
            fail_msg("byte %d is %d", i, bytes[i]);
    assert_int_equal(bytes[BYTES], 0);
    pb_free(bytes);
    waitpid(child, NULL, 0);
    remove(in_folder("pipe"));
}

/* Around and beyond the size of the writer's buffer, in pieces of every kind. */
static void written_bytes_come_back(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 65535, 1, 65536, 65537, 3, 0, 200000, 7};
    size_t total = 0, size;
    uint8_t *pattern = pb_malloc(200000, 1), *bytes;
    for (size_t i = 0; i < 200000; i++)
        pattern[i] = (uint8_t)(i * 7 % 253);
    pb_writer *writer;
    assert_ok(pb_writer_open(in_folder("large"), &writer));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_ok(pb_writer_write(writer, pattern, sizes[i]));
    assert_ok(pb_writer_commit(writer));
    assert_ok(pb_file_read(in_folder("large"), 1 << 20, &bytes, &size));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; total += sizes[i++])
        assert_memory_equal(bytes + total, pattern, sizes[i]);
    assert_int_equal(size, total);
    pb_free(bytes);
    pb_free(pattern);
}

static void printf_writes_short_and_long_text(void **state)
{
    (void)state;
    char text[2001], expected[2010];
    memset(text, 'x', 2000);
    text[2000] = '\0';
    snprintf(expected, sizeof expected, "a 5\n%s|", text);
    pb_writer *writer;
    assert_ok(pb_writer_open(in_folder("text"), &writer));
    assert_ok(pb_writer_printf(writer, "%s %d\n", "a", 5));
    assert_ok(pb_writer_printf(writer, "%s|", text));
    assert_ok(pb_writer_commit(writer));
    assert_content(in_folder("text"), expected);
}

static void target_is_untouched_until_commit(void **state)
{
    (void)state;
    char name[600];
    const int before = (write_text(in_folder("target"), "old"), entries(folder, 0));
    pb_writer *writer;
    assert_ok(pb_writer_open(in_folder("target"), &writer));
    assert_ok(pb_writer_write(writer, "new", 3));
    assert_ok(pb_writer_sync(writer));
    assert_content(in_folder("target"), "old");
    assert_int_equal(entries(folder, 0), before + 1); /* the temporary file is in the same folder */
    assert_status(pb_fail(PB_STATUS_BAD_VALUE, "the reason"), PB_STATUS_BAD_VALUE);
    pb_writer_abort(writer);
    assert_string_equal(pb_error_message(), "the reason");
    assert_content(in_folder("target"), "old");
    assert_int_equal(entries(folder, 0), before);
    pb_writer_abort(NULL);

    snprintf(name, sizeof name, "%s", in_folder("target"));
    assert_ok(pb_writer_open(name, &writer));
    memset(name, 'z', 5); /* the writer keeps its own copy of the path */
    assert_ok(pb_writer_write(writer, "new", 3));
    assert_ok(pb_writer_commit(writer));
    assert_content(in_folder("target"), "new");
    assert_int_equal(entries(folder, 0), before);
}

static void two_writers_of_one_target_do_not_mix(void **state)
{
    (void)state;
    pb_writer *first, *second;
    assert_ok(pb_writer_open(in_folder("both"), &first));
    assert_ok(pb_writer_open(in_folder("both"), &second));
    assert_ok(pb_writer_write(first, "first", 5));
    assert_ok(pb_writer_write(second, "second", 6));
    assert_ok(pb_writer_commit(first));
    assert_content(in_folder("both"), "first");
    assert_ok(pb_writer_commit(second));
    assert_content(in_folder("both"), "second");
}

static void permissions_follow_the_umask(void **state)
{
    (void)state;
    struct stat info;
    const mode_t old = umask(027);
    write_text(in_folder("mode"), "x");
    umask(old);
    assert_int_equal(stat(in_folder("mode"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void a_replaced_file_keeps_its_permissions(void **state)
{
    (void)state;
    struct stat info;
    write_text(in_folder("private"), "old");
    assert_int_equal(chmod(in_folder("private"), 0600), 0);
    write_text(in_folder("private"), "new");
    assert_content(in_folder("private"), "new");
    assert_int_equal(stat(in_folder("private"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void links_stay_links(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(mkdir(in_folder("sub"), 0700), 0);
    write_text(in_folder("sub/real"), "old");
    assert_int_equal(symlink("sub/hop", in_folder("link")), 0);
    assert_int_equal(symlink("real", in_folder("sub/hop")), 0);
    write_text(in_folder("link"), "new");
    assert_content(in_folder("sub/real"), "new");
    assert_int_equal(lstat(in_folder("link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));

    assert_int_equal(symlink("sub/later", in_folder("dangling")), 0);
    write_text(in_folder("dangling"), "made");
    assert_content(in_folder("sub/later"), "made");

    assert_int_equal(symlink("loop", in_folder("loop")), 0);
    assert_status(pb_file_write(in_folder("loop"), "x", 1), PB_STATUS_OUTPUT);
    message_names("symbolic links");
}

static void devices_and_pipes_are_written_directly(void **state)
{
    (void)state;
    struct stat info;
    assert_ok(pb_file_write("/dev/null", "x", 1));
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_int_equal(mkfifo(in_folder("out"), 0600), 0);
    const int fd = open(in_folder("out"), O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    write_text(in_folder("out"), "through");
    char text[8] = "";
    assert_int_equal(read(fd, text, 7), 7);
    assert_string_equal(text, "through");
    close(fd);
}

static void impossible_targets_are_errors(void **state)
{
    (void)state;
    assert_status(pb_file_write(folder, "x", 1), PB_STATUS_OUTPUT);
    message_names("folder");
    assert_status(pb_file_write(in_folder("new/"), "x", 1), PB_STATUS_OUTPUT);
    assert_status(pb_file_write("", "x", 1), PB_STATUS_BAD_ARGUMENT);
    assert_status(pb_file_write(in_folder("no/such/folder"), "x", 1), PB_STATUS_OUTPUT);
    message_names("no/such/folder: No such file");
}

static void long_names_are_possible(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    write_text(in_folder(name), "long");
    assert_content(in_folder(name), "long");
}

static void read_only_folder_is_an_error(void **state)
{
    (void)state;
    const uid_t user = geteuid(), nobody = 65534;
    assert_int_equal(mkdir(in_folder("read-only"), 0700), 0);
    write_text(in_folder("read-only/a"), "old");
    assert_int_equal(chmod(in_folder("read-only"), 0555), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    if (user == 0 && seteuid(nobody) != 0) /* nothing is read-only for root */
        skip();
    const pb_status status = pb_file_write(in_folder("read-only/a"), "new", 3);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(status, PB_STATUS_OUTPUT);
    message_names("read-only/a: Permission denied");
    assert_content(in_folder("read-only/a"), "old");
    assert_int_equal(chmod(in_folder("read-only"), 0700), 0);
}

/* A rename would put a new file in the place of one that its owner wants to keep. */
static void read_only_file_is_an_error(void **state)
{
    (void)state;
    const uid_t user = geteuid(), nobody = 65534;
    write_text(in_folder("protected"), "old");
    assert_int_equal(chmod(in_folder("protected"), 0444), 0);
    assert_int_equal(chmod(folder, 0777), 0);
    if (user == 0 && seteuid(nobody) != 0) /* nothing is read-only for root */
        skip();
    const pb_status status = pb_file_write(in_folder("protected"), "new", 3);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(status, PB_STATUS_OUTPUT);
    message_names("protected: Permission denied");
    assert_content(in_folder("protected"), "old");
}

static void full_disk_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(symlink("/dev/full", in_folder("full")), 0);
    assert_status(pb_file_write(in_folder("full"), "x", 1), PB_STATUS_OUTPUT);
    message_names("full: No space left");
}

/* The disk is full after 100000 bytes: the old content stays, no temporary file does, and a caller that
 * ignores the failed write cannot commit. */
static void old_content_survives_a_full_disk(void **state)
{
    (void)state;
    struct rlimit old_limit, limit;
    static const uint8_t zeros[150000];
    write_text(in_folder("kept"), "old");
    const int before = entries(folder, 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
    limit = old_limit;
    limit.rlim_cur = 100000;
    void (*old_handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    pb_writer *writer;
    pb_status status = pb_writer_open(in_folder("kept"), &writer), after = PB_STATUS_OK, commit = PB_STATUS_OK;
    char message[512] = "";
    if (status == PB_STATUS_OK) {
        status = pb_writer_write(writer, zeros, sizeof zeros);
        snprintf(message, sizeof message, "%s", pb_error_message());
        after = pb_writer_printf(writer, "more");
        commit = pb_writer_commit(writer);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
    signal(SIGXFSZ, old_handler);
    assert_int_equal(status, PB_STATUS_OUTPUT);
    assert_non_null(strstr(message, "kept: File too large"));
    assert_int_equal(after, PB_STATUS_OUTPUT);
    assert_int_equal(commit, PB_STATUS_OUTPUT);
    assert_content(in_folder("kept"), "old");
    assert_int_equal(entries(folder, 0), before);
}

static void sha256_matches_fips_180(void **state)
{
    (void)state;
    char hex[65];
    uint8_t *million = pb_malloc(1000000, 1);
    memset(million, 'a', 1000000);
    assert_ok(pb_sha256_bytes("", 0, hex));
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_ok(pb_sha256_bytes("abc", 3, hex));
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_ok(pb_file_write(in_folder("million"), million, 1000000));
    assert_ok(pb_sha256_file(in_folder("million"), hex));
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    assert_status(pb_sha256_file(in_folder("missing"), hex), PB_STATUS_IO);
    assert_status(pb_sha256_file(folder, hex), PB_STATUS_IO);
    pb_free(million);
}

/* One would never end, the other waits for a writer and leaves nothing for the next reader. */
static void devices_and_pipes_are_not_hashed(void **state)
{
    (void)state;
    char hex[65];
    uint8_t *bytes;
    size_t size;
    assert_status(pb_sha256_file("/dev/zero", hex), PB_STATUS_IO);
    message_names("/dev/zero: it is read more than once");
    assert_int_equal(mkfifo(in_folder("unread"), 0600), 0);
    assert_status(pb_sha256_file(in_folder("unread"), hex), PB_STATUS_IO);
    assert_status(pb_file_read("/dev/zero", 1 << 20, &bytes, &size), PB_STATUS_IO);
    message_names("/dev/zero: it is a pipe or a device");
}

static void companions_of_feature_files_lose_the_npy(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"a/parts.npy", "a/parts.origin.json"},
                                           {"parts", "parts.origin.json"},
                                           {"a.npy/parts.bin", "a.npy/parts.bin.origin.json"},
                                           {".npy", ".npy.origin.json"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path;
        assert_ok(pb_path_beside(cases[i][0], ".origin.json", &path));
        assert_string_equal(path, cases[i][1]);
        pb_free(path);
    }
}

static void common_folders_end_at_a_slash(void **state)
{
    (void)state;
    const char *const paths[] = {"set/good/a1.png", "set/good/a2.png", "set/ghost/a.png", "other.png"};
    assert_int_equal(pb_common_folder(paths, 0), 0);
    assert_int_equal(pb_common_folder(paths, 1), strlen("set/good/"));
    assert_int_equal(pb_common_folder(paths, 2), strlen("set/good/"));
    assert_int_equal(pb_common_folder(paths, 3), strlen("set/"));
    assert_int_equal(pb_common_folder(paths, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map_shows_the_bytes),
        cmocka_unit_test(empty_file_maps_and_reads),
        cmocka_unit_test(what_is_no_regular_file_is_not_mapped),
        cmocka_unit_test(read_respects_its_limit),
        cmocka_unit_test(read_needs_no_size),
        cmocka_unit_test(written_bytes_come_back),
        cmocka_unit_test(printf_writes_short_and_long_text),
        cmocka_unit_test(target_is_untouched_until_commit),
        cmocka_unit_test(two_writers_of_one_target_do_not_mix),
        cmocka_unit_test(permissions_follow_the_umask),
        cmocka_unit_test(a_replaced_file_keeps_its_permissions),
        cmocka_unit_test(links_stay_links),
        cmocka_unit_test(devices_and_pipes_are_written_directly),
        cmocka_unit_test(impossible_targets_are_errors),
        cmocka_unit_test(long_names_are_possible),
        cmocka_unit_test(read_only_folder_is_an_error),
        cmocka_unit_test(read_only_file_is_an_error),
        cmocka_unit_test(full_disk_is_an_error),
        cmocka_unit_test(old_content_survives_a_full_disk),
        cmocka_unit_test(sha256_matches_fips_180),
        cmocka_unit_test(devices_and_pipes_are_not_hashed),
        cmocka_unit_test(companions_of_feature_files_lose_the_npy),
        cmocka_unit_test(common_folders_end_at_a_slash),
        cmocka_unit_test(test_no_live_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
