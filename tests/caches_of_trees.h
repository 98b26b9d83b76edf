/* Caches of the small benchmarks in trees.h, written, looked at and damaged. */
#ifndef PB_TESTS_CACHES_OF_TREES_H
#define PB_TESTS_CACHES_OF_TREES_H

#include "trees.h"

#include "cache/cache.h"
#include "dataset/dataset.h"
#include "io/file.h"

static const char *const GOLDEN = PB_GOLDEN_DIR "/cache";
static pb_dataset *dataset;
static pb_backbone *backbone;
static char caches[512];

static inline int make_inputs(void **state)
{
    (void)state;
    char data[512];
    test_make_temp_dir(tree_root, sizeof tree_root);
    tree_make_benchmarks();
    snprintf(data, sizeof data, "%s/mvtec_AD", tree_root);
    snprintf(caches, sizeof caches, "%s/caches", tree_root);
    assert_ok(pb_dataset_open(data, NULL, &dataset));
    assert_ok(pb_backbone_open("builtin", NULL, &backbone));
    return 0;
}

static inline int remove_inputs(void **state)
{
    (void)state;
    return test_remove_dir(tree_root);
}

/* Writes all categories; what happened last. */
static inline pb_status write_caches(const char *root, bool half, bool force)
{
    const pb_cache_options options = {.size = sizeof options, .half = half, .force = force};
    pb_cache_writer *writer;
    pb_status status = pb_cache_writer_open(root, dataset, backbone, &options, &writer);
    if (status != PB_STATUS_OK)
        return status;
    for (int64_t i = 0; i < dataset->n && status == PB_STATUS_OK; i++)
        status = pb_cache_writer_run(writer, i, NULL);
    pb_cache_writer_close(writer);
    return status;
}

static inline void shell(const char *format, const char *a, const char *b)
{
    char command[4096];
    snprintf(command, sizeof command, format, a, b);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static inline void make_caches(const char *name, char root[512])
{
    snprintf(root, 512, "%s/%s", tree_root, name);
    assert_ok(write_caches(root, false, false));
}

/* Replaces a file of mvtec_AD__bottle in a cache. */
static inline void overwrite(const char *root, const char *name, const void *bytes, size_t size)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/mvtec_AD__bottle/%s", root, name);
    assert_ok(pb_file_write(path, bytes, size));
}

static inline int has_line(const pb_paths *lines, const char *text)
{
    for (int64_t i = 0; i < lines->n; i++)
        if (strstr(lines->path[i], text))
            return 1;
    return 0;
}

/* Checks <root>/<folder>; wants a problem with `text` in it, or none at all. */
static inline void assert_found(const char *root, const char *folder, const char *text)
{
    char path[1024];
    pb_cache_findings findings;
    snprintf(path, sizeof path, "%s/%s", root, folder);
    assert_ok(pb_cache_check(path, &findings));
    if (text ? !has_line(&findings.problems, text) : findings.problems.n > 0)
        fail_msg("wanted %s, found %d problems: %s", text ? text : "nothing", (int)findings.problems.n,
                 findings.problems.n ? findings.problems.path[0] : "");
    pb_paths_free(&findings.problems);
    pb_paths_free(&findings.notes);
}

static inline int close_inputs(void **state)
{
    (void)state;
    pb_dataset_free(dataset);
    pb_backbone_close(backbone);
    return 0;
}

#endif
