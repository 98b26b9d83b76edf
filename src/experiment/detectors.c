#include "experiment/detectors.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/words.h"

/* ---- Names ------------------------------------------------------------------------------------------------------ */

static pb_status name_detector(const pb_experiment_caches *caches, pb_detector *detector)
{
    const char *backbone = detector->categories.cache[0]->origin.backbone;
    const char *name = caches->name ? caches->name : *backbone ? backbone : "default";
    PB_CHECK_ARG(*name && strlen(name) < sizeof detector->name, "'%s' is no name for a detector: 1 to %d bytes", name,
                 PB_DETECTOR_NAME_BYTES - 1);
    snprintf(detector->name, sizeof detector->name, "%s", name);
    return PB_STATUS_OK;
}

static pb_status check_names(const pb_detectors *detectors)
{
    for (int64_t i = 0; i < detectors->n; i++)
        for (int64_t j = 0; j < i; j++)
            if (strcmp(detectors->detector[i].name, detectors->detector[j].name) == 0)
                return pb_suggest(pb_fail(PB_STATUS_BAD_ARGUMENT,
                                          "the caches %s and %s are both of a detector called %s: give them names",
                                          detectors->detector[j].folder, detectors->detector[i].folder,
                                          detectors->detector[i].name),
                                  PB_HINT_NAME_DETECTORS, NULL);
    return PB_STATUS_OK;
}

static pb_status find_auditor(pb_detectors *detectors, const char *name)
{
    char known[PB_MAX_DETECTORS * (PB_DETECTOR_NAME_BYTES + 2)] = "";
    for (int64_t i = 0; i < detectors->n; i++) {
        if (!name || strcmp(detectors->detector[i].name, name) == 0) {
            detectors->auditor = i;
            return PB_STATUS_OK;
        }
        pb_words_list(known, sizeof known, detectors->detector[i].name);
    }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "the auditor %s is none of the detectors: there are %s", name, known);
}

/* ---- The same images? ------------------------------------------------------------------------------------------- */

/* The last two components, as far as there are two: the folders above are those of the machine that made the cache. */
static const char *last_components(const char *path)
{
    const char *start = path + strlen(path);
    for (int n_slashes = 0; start > path; start--)
        if (start[-1] == '/' && ++n_slashes == 2)
            break;
    return start;
}

static pb_status compare_lists(const pb_cache *a, const pb_cache *b, const char *part, const pb_paths *list_a,
                               const pb_paths *list_b)
{
    if (list_a->n != list_b->n)
        return pb_fail(PB_STATUS_MISMATCH,
                       "%s has %" PRId64 " %s images and %s has %" PRId64 ": detectors need the same", a->folder,
                       list_a->n, part, b->folder, list_b->n);
    for (int64_t i = 0; i < list_a->n; i++)
        if (strcmp(last_components(list_a->path[i]), last_components(list_b->path[i])) != 0)
            return pb_fail(PB_STATUS_MISMATCH,
                           "%s image %" PRId64 " is %s in %s and %s in %s: detectors need the same images in the same "
                           "order",
                           part, i, list_a->path[i], a->folder, list_b->path[i], b->folder);
    return PB_STATUS_OK;
}

static pb_status compare_caches(const pb_cache *a, const pb_cache *b)
{
    PB_TRY(compare_lists(a, b, "training", &a->train, &b->train));
    PB_TRY(compare_lists(a, b, "test", &a->test, &b->test));
    for (int64_t i = 0; i < a->test.n; i++)
        if (a->label[i] != b->label[i])
            return pb_fail(PB_STATUS_MISMATCH, "test image %" PRId64 " (%s) is labelled %d in %s and %d in %s", i,
                           a->test.path[i], a->label[i], a->folder, b->label[i], b->folder);
    return PB_STATUS_OK;
}

static int64_t find_category(const pb_study_categories *categories, const char *name)
{
    for (int64_t i = 0; i < categories->n; i++)
        if (strcmp(categories->category[i].name, name) == 0)
            return i;
    return -1;
}

static pb_status fail_missing(const char *category, const pb_detector *has, const pb_detector *lacks)
{
    return pb_suggest(pb_fail(PB_STATUS_MISMATCH,
                              "%s (detector %s) has %s and %s (detector %s) has not: name categories that all have",
                              has->folder, has->name, category, lacks->folder, lacks->name),
                      PB_HINT_CHOOSE_CATEGORIES, NULL);
}

static pb_status match_categories(const pb_detector *first, pb_detector *other)
{
    PB_TRY(PB_NEW(other->number, first->categories.n));
    for (int64_t i = 0; i < first->categories.n; i++) {
        const char *name = first->categories.category[i].name;
        other->number[i] = find_category(&other->categories, name);
        if (other->number[i] < 0)
            return fail_missing(name, first, other);
        PB_TRY(compare_caches(first->categories.cache[i], other->categories.cache[other->number[i]]));
    }
    for (int64_t i = 0; i < other->categories.n; i++)
        if (find_category(&first->categories, other->categories.category[i].name) < 0)
            return fail_missing(other->categories.category[i].name, other, first);
    return PB_STATUS_OK;
}

/* ---- Opening ---------------------------------------------------------------------------------------------------- */

static pb_status open_all(const pb_experiment_caches *caches, int64_t n, const char *auditor, const char *selection,
                          pb_detectors *detectors)
{
    for (int64_t i = 0; i < n; i++) {
        pb_detector *detector = &detectors->detector[i];
        detector->folder = caches[i].folder;
        PB_TRY(pb_study_categories_open(caches[i].folder, selection, &detector->categories));
        detectors->n++;
        PB_TRY(name_detector(&caches[i], detector));
    }
    PB_TRY(check_names(detectors));
    PB_TRY(find_auditor(detectors, auditor));
    for (int64_t i = 0; i < n; i++)
        PB_TRY(match_categories(&detectors->detector[0], &detectors->detector[i]));
    return PB_STATUS_OK;
}

pb_status pb_detectors_open(const pb_experiment_caches *caches, int64_t n, const char *auditor, const char *selection,
                            pb_detectors *out)
{
    PB_CHECK_ARG(n >= 1 && n <= PB_MAX_DETECTORS, "caches of %" PRId64 " detectors: there can be 1 to %d", n,
                 PB_MAX_DETECTORS);
    memset(out, 0, sizeof *out);
    const pb_status status = open_all(caches, n, auditor, selection, out);
    if (status != PB_STATUS_OK)
        pb_detectors_free(out);
    return status;
}

void pb_detectors_free(pb_detectors *detectors)
{
    for (int64_t i = 0; i < detectors->n; i++) {
        pb_study_categories_free(&detectors->detector[i].categories);
        pb_free(detectors->detector[i].number);
    }
    memset(detectors, 0, sizeof *detectors);
}

int64_t pb_detectors_categories(const pb_detectors *detectors)
{
    return detectors->detector[0].categories.n;
}

const pb_study_category *pb_detectors_category(const pb_detectors *detectors, int64_t detector, int64_t category)
{
    const pb_detector *asked = &detectors->detector[detector];
    return &asked->categories.category[asked->number[category]];
}

const pb_cache *pb_detectors_cache(const pb_detectors *detectors, int64_t category)
{
    return detectors->detector[0].categories.cache[category];
}

pb_status pb_detectors_load(pb_detectors *detectors, int64_t category, bool masks)
{
    for (int64_t i = 0; i < detectors->n; i++) {
        pb_detector *detector = &detectors->detector[i];
        PB_TRY(pb_study_category_load(&detector->categories, detector->number[category], masks));
    }
    return PB_STATUS_OK;
}

void pb_detectors_unload(pb_detectors *detectors, int64_t category)
{
    for (int64_t i = 0; i < detectors->n; i++) {
        pb_detector *detector = &detectors->detector[i];
        pb_study_category_unload(&detector->categories, detector->number[category]);
    }
}
