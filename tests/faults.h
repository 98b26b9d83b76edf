/* Systematic faults: the n-th allocation or system call of the library fails, once or from then on. The calls are wrapped by the
 * linker (tests/CMakeLists.txt), so that the library is the one that is shipped. As SQLite is tested:
 * https://www.sqlite.org/testing.html, section 3. */
#ifndef PB_TESTS_FAULTS_H
#define PB_TESTS_FAULTS_H

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include <jansson.h>
#include <openssl/crypto.h>

typedef enum fault_kind { FAULT_ALLOCATION, FAULT_SYSTEM_CALL } fault_kind;

static struct {
    atomic_bool armed;
    fault_kind kind;
    bool for_ever; /* not once: from the n-th on */
    long at;       /* 0: count only */
    atomic_long n; /* calls of this kind since it was armed */
    atomic_bool struck;
} fault;

static inline void fault_arm(fault_kind kind, long at, bool for_ever)
{
    fault.kind = kind;
    fault.at = at;
    fault.for_ever = for_ever;
    fault.n = 0;
    fault.struck = false;
    fault.armed = true;
}

/* Number of calls. */
static inline long fault_disarm(void)
{
    fault.armed = false;
    return fault.n;
}

static bool fault_strikes(fault_kind kind)
{
    if (!fault.armed || fault.kind != kind)
        return false;
    const long n = atomic_fetch_add(&fault.n, 1) + 1;
    if (fault.at == 0 || (fault.for_ever ? n < fault.at : n != fault.at))
        return false;
    fault.struck = true;
    return true;
}

/* ---- memory ---- */

int __real_posix_memalign(void **out, size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size);
int __wrap_posix_memalign(void **out, size_t alignment, size_t size)
{
    return fault_strikes(FAULT_ALLOCATION) ? ENOMEM : __real_posix_memalign(out, alignment, size);
}

static void *fault_malloc(size_t size)
{
    return fault_strikes(FAULT_ALLOCATION) ? NULL : malloc(size);
}

static void *fault_crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fault_malloc(size);
}

static void *fault_crypto_realloc(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fault_strikes(FAULT_ALLOCATION) ? NULL : realloc(block, size);
}

static void fault_crypto_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

/* JSON and digests allocate by themselves: theirs count, too. Before their first use. */
static inline void fault_take_allocators(void)
{
    json_set_alloc_funcs(fault_malloc, free);
    assert_int_equal(CRYPTO_set_mem_functions(fault_crypto_malloc, fault_crypto_realloc, fault_crypto_free), 1);
}

/* jansson 2.14 calls abort() where its buffer for a token cannot grow (load.c:442). Reading JSON is one allocation here, which fails
 * or not as a whole; pb_json_parse() sees to it that there is room. */
json_t *__real_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t size, size_t flags, json_error_t *error)
{
    if (fault_strikes(FAULT_ALLOCATION)) {
        if (error) {
            memset(error, 0, sizeof *error);
            error->text[JSON_ERROR_TEXT_LENGTH - 1] = json_error_out_of_memory;
        }
        return NULL;
    }
    const bool armed = atomic_exchange(&fault.armed, false);
    json_t *value = __real_json_loadb(text, size, flags, error);
    fault.armed = armed;
    return value;
}

/* ---- system calls ---- */

#define FAULTY(result, name, parameters, arguments, error)                                                             \
    result __real_##name parameters;                                                                                   \
    result __wrap_##name parameters;                                                                                   \
    result __wrap_##name parameters                                                                                    \
    {                                                                                                                  \
        if (fault_strikes(FAULT_SYSTEM_CALL)) {                                                                        \
            errno = error;                                                                                             \
            return (result)-1;                                                                                         \
        }                                                                                                              \
        return __real_##name arguments;                                                                                \
    }

FAULTY(ssize_t, read, (int fd, void *bytes, size_t size), (fd, bytes, size), EIO)
FAULTY(ssize_t, write, (int fd, const void *bytes, size_t size), (fd, bytes, size), ENOSPC)
FAULTY(ssize_t, pwrite, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at), ENOSPC)
/* Nothing here is to survive a power cut, and syncing takes far longer than all the rest. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    struct stat info;
    if (!fault_strikes(FAULT_SYSTEM_CALL))
        return fstat(fd, &info);
    errno = EIO;
    return -1;
}

FAULTY(int, ftruncate, (int fd, off_t size), (fd, size), EIO)
FAULTY(int, rename, (const char *from, const char *to), (from, to), EIO)
FAULTY(int, link, (const char *from, const char *to), (from, to), EPERM)
FAULTY(int, mkdir, (const char *path, mode_t mode), (path, mode), ENOSPC)
FAULTY(void *, mmap, (void *at, size_t size, int protection, int flags, int fd, off_t from),
       (at, size, protection, flags, fd, from), ENOMEM)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (fault_strikes(FAULT_SYSTEM_CALL)) {
        errno = EACCES;
        return -1;
    }
    return __real_open(path, flags, mode);
}

#endif
