/* SHA-256 of files and of bytes, by OpenSSL. */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/memory.h"

enum { HASH_BUFFER_BYTES = 1 << 16 };

/* Every OpenSSL has SHA-256: only for want of memory does it not start. */
static pb_status hash_failed(void)
{
    return pb_fail(PB_STATUS_NO_MEMORY, "OpenSSL cannot compute SHA-256: out of memory");
}

pb_status pb_sha256_begin(pb_sha256 **out)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    if (!hash)
        return pb_fail(PB_STATUS_NO_MEMORY, "out of memory: cannot start SHA-256");
    if (EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(hash);
        return hash_failed();
    }
    *out = hash;
    return PB_STATUS_OK;
}

pb_status pb_sha256_add(pb_sha256 *hash, const void *bytes, size_t size)
{
    return EVP_DigestUpdate(hash, bytes, size) == 1 ? PB_STATUS_OK : hash_failed();
}

pb_status pb_sha256_end(pb_sha256 *hash, char hex[65])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_DigestFinal_ex(hash, digest, &size) != 1 || size != 32)
        return hash_failed();
    for (unsigned i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return PB_STATUS_OK;
}

void pb_sha256_free(pb_sha256 *hash)
{
    EVP_MD_CTX_free(hash);
}

static pb_status hash_descriptor(pb_sha256 *hash, int fd, const char *path)
{
    uint8_t *buffer;
    PB_TRY(PB_NEW_UNINITIALISED(buffer, HASH_BUFFER_BYTES));
    pb_status status = PB_STATUS_OK;
    ssize_t count;
    while (status == PB_STATUS_OK && (count = read(fd, buffer, HASH_BUFFER_BYTES)) != 0) {
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            status = pb_fail(PB_STATUS_IO, "cannot read %s: %s", path, strerror(errno));
        else
            status = pb_sha256_add(hash, buffer, (size_t)count);
    }
    pb_free(buffer);
    return status;
}

/* /dev/zero would never end, and a pipe would have nothing left for whoever reads the file next. */
static pb_status open_regular(const char *path, int *out)
{
    struct stat info;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return pb_file_fail(PB_STATUS_IO, "open", path);
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        *out = fd;
        return PB_STATUS_OK;
    }
    close(fd);
    return pb_fail(PB_STATUS_IO, "cannot read %s: it is read more than once, so a regular file is needed", path);
}

pb_status pb_sha256_file(const char *path, char hex[65])
{
    int fd = -1;
    pb_sha256 *hash = NULL;
    PB_TRY(open_regular(path, &fd));
    pb_status status = pb_sha256_begin(&hash);
    if (status == PB_STATUS_OK)
        status = hash_descriptor(hash, fd, path);
    if (status == PB_STATUS_OK)
        status = pb_sha256_end(hash, hex);
    pb_sha256_free(hash);
    close(fd);
    return status;
}

pb_status pb_sha256_pieces(const void *const *pieces, const size_t *sizes, int n, char hex[65])
{
    pb_sha256 *hash = NULL;
    PB_TRY(pb_sha256_begin(&hash));
    pb_status status = PB_STATUS_OK;
    for (int i = 0; i < n && status == PB_STATUS_OK; i++)
        status = pb_sha256_add(hash, pieces[i], sizes[i]);
    if (status == PB_STATUS_OK)
        status = pb_sha256_end(hash, hex);
    pb_sha256_free(hash);
    return status;
}

pb_status pb_sha256_bytes(const void *bytes, size_t size, char hex[65])
{
    return pb_sha256_pieces(&bytes, &size, 1, hex);
}
