/* The files below a folder, with what is in them: to see what an operation has changed, and to put things back. */
#ifndef PB_TESTS_SNAPSHOT_H
#define PB_TESTS_SNAPSHOT_H

#include "support.h"

#include <dirent.h>
#include <ftw.h>

enum { SNAPSHOT_FILES = 128, SNAPSHOT_NAME_BYTES = 160 };

typedef struct snapshot_file {
    char name[SNAPSHOT_NAME_BYTES]; /* below the folder */
    char *bytes;
    size_t size;
} snapshot_file;

typedef struct snapshot {
    snapshot_file file[SNAPSHOT_FILES];
    int n;
} snapshot;

static inline void snapshot_read_file(const char *path, snapshot_file *out)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &info), 0);
    out->size = (size_t)info.st_size;
    out->bytes = malloc(out->size + 1);
    assert_non_null(out->bytes);
    assert_int_equal(fread(out->bytes, 1, out->size, file), out->size);
    out->bytes[out->size] = '\0';
    fclose(file);
}

static inline void snapshot_take_below(const char *root, const char *below, snapshot *out)
{
    char path[1024], name[SNAPSHOT_NAME_BYTES];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", root, below);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        assert_true(snprintf(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry->d_name) < (int)sizeof name);
        snprintf(path, sizeof path, "%s/%s", root, name);
        assert_int_equal(lstat(path, &info), 0);
        if (S_ISDIR(info.st_mode)) {
            snapshot_take_below(root, name, out);
            continue;
        }
        assert_true(out->n < SNAPSHOT_FILES);
        snapshot_file *file = &out->file[out->n++];
        snprintf(file->name, sizeof file->name, "%s", name);
        snapshot_read_file(path, file);
    }
    closedir(dir);
}

/* Free it with snapshot_free(). */
static inline void snapshot_take(const char *root, snapshot *out)
{
    out->n = 0;
    snapshot_take_below(root, "", out);
}

static inline void snapshot_free(snapshot *all)
{
    for (int i = 0; i < all->n; i++)
        free(all->file[i].bytes);
    all->n = 0;
}

/* NULL: there is no such file. */
static inline const snapshot_file *snapshot_find(const snapshot *all, const char *name)
{
    for (int i = 0; i < all->n; i++)
        if (strcmp(all->file[i].name, name) == 0)
            return &all->file[i];
    return NULL;
}

/* Is the file the same in both, or in neither? */
static inline bool snapshot_same_file(const snapshot *a, const snapshot *b, const char *name)
{
    const snapshot_file *x = snapshot_find(a, name), *y = snapshot_find(b, name);
    return (!x && !y) || (x && y && x->size == y->size && memcmp(x->bytes, y->bytes, x->size) == 0);
}

static inline bool snapshot_same(const snapshot *a, const snapshot *b)
{
    bool same = a->n == b->n;
    for (int i = 0; i < a->n && same; i++)
        same = snapshot_same_file(a, b, a->file[i].name);
    return same;
}

static int snapshot_remove_one(const char *path, const struct stat *info, int flag, struct FTW *place)
{
    (void)info;
    (void)flag;
    (void)place;
    return remove(path);
}

/* Empties the folder, then writes what was in it. */
static inline void snapshot_restore(const char *root, const snapshot *all)
{
    char path[1024];
    assert_int_equal(nftw(root, snapshot_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    assert_int_equal(mkdir(root, 0777), 0);
    for (int i = 0; i < all->n; i++) {
        snprintf(path, sizeof path, "%s/%s", root, all->file[i].name);
        for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
            *slash = '\0';
            mkdir(path, 0777);
            *slash = '/';
        }
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(all->file[i].bytes, 1, all->file[i].size, file), all->file[i].size);
        assert_int_equal(fclose(file), 0);
    }
}

#endif
