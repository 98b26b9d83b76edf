/* Rows of all files together: each cell once, in order, and quickly found. */
#include "analysis/study.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/exact_sums.h"
#include "base/memory.h"

enum { MAX_GROUPS = 1 << 24 };

struct pb_study {
    pb_text_set texts; /* empty where they are borrowed */
    int64_t n_texts;   /* at most, that rows have */
    pb_study_row *rows;
    int64_t *start; /* n_setups x n_datasets x n_methods + 1: first row of each */
    pb_study_contents contents;
    pb_origin origin;
    char *assumed;
    /* The lists of the contents. */
    const char **datasets, **benchmarks, **methods, **detectors, **auditors;
    pb_setup *setups;
    int64_t *limits, *ks, *seeds;
    double *contaminations, *percentiles;
};

pb_status pb_study_setups_parse(const char *name, pb_study_setups *out)
{
    static const char *const names[] = {[PB_STUDY_ONE_SETUP] = "one",
                                        [PB_STUDY_DISJOINT_ONLY] = "disjoint",
                                        [PB_STUDY_SHARED_ONLY] = "shared",
                                        [PB_STUDY_BOTH_SETUPS] = "both"};
    for (int i = 0; i <= PB_STUDY_BOTH_SETUPS; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (pb_study_setups)i;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "setups are disjoint, shared, both or one, not \"%s\"", name);
}

/* ---- Order -------------------------------------------------------------------------------------------------------- */

static int by_number(double a, double b)
{
    return (a > b) - (a < b);
}

/* Texts of one study: equal ones are one. */
static int by_text(const char *a, const char *b)
{
    return a == b ? 0 : strcmp(a, b);
}

/* By key; 0 for two rows of one cell. */
static int by_key(const pb_study_entry *a, const pb_study_entry *b)
{
    const pb_study_row *x = &a->row, *y = &b->row;
    int order = by_number(x->setup, y->setup);
    order = order ? order : by_text(x->dataset, y->dataset);
    order = order ? order : by_number((double)a->method_order, (double)b->method_order);
    order = order ? order : by_text(x->detector, y->detector);
    order = order ? order : by_text(x->auditor, y->auditor);
    order = order ? order : by_number(x->contamination, y->contamination);
    order = order ? order : by_number(x->percentile, y->percentile);
    order = order ? order : by_number((double)x->k, (double)y->k);
    order = order ? order : by_number((double)x->limit, (double)y->limit);
    return order ? order : by_number((double)x->seed, (double)y->seed);
}

static int by_key_and_place(const void *a, const void *b)
{
    const pb_study_entry *x = a, *y = b;
    int order = by_key(x, y);
    order = order ? order : by_number((double)x->file, (double)y->file);
    return order ? order : by_number((double)x->line, (double)y->line);
}

/* Methods as tables have them; one rule by its multiplier. */
static int by_method(const void *a, const void *b)
{
    const pb_study_row *x = *(const pb_study_row *const *)a, *y = *(const pb_study_row *const *)b;
    int order = by_number((double)pb_study_method_place(x->rule), (double)pb_study_method_place(y->rule));
    order = order ? order : by_text(x->rule, y->rule);
    order = order ? order : by_number(x->multiplier, y->multiplier);
    return order ? order : by_text(x->method, y->method);
}

/* Lists the methods, and says each row's place among them. */
static pb_status order_methods(pb_study_entries *entries, pb_study *study)
{
    const pb_study_row **first; /* a row of each method */
    int64_t n = 0;
    PB_TRY(PB_NEW(first, entries->texts.n));
    for (int64_t i = 0; i < entries->n; i++) {
        const pb_study_row *row = &entries->entry[i].row;
        int64_t m = 0;
        while (m < n && first[m]->method != row->method)
            m++;
        if (m == n)
            first[n++] = row;
    }
    qsort(first, (size_t)n, sizeof *first, by_method);
    for (int64_t i = 0; i < entries->n; i++)
        while (first[entries->entry[i].method_order]->method != entries->entry[i].row.method)
            entries->entry[i].method_order++;
    pb_status status = PB_NEW(study->methods, n);
    for (int64_t m = 0; m < n && status == PB_STATUS_OK; m++)
        study->methods[m] = first[m]->method;
    study->contents.n_methods = n;
    pb_free(first);
    return status;
}

/* ---- Each cell once ----------------------------------------------------------------------------------------------- */

static pb_status fail_duplicate(const pb_study_entries *entries, const pb_study_entry *a, const pb_study_entry *b,
                                pb_measure measure)
{
    return pb_fail(PB_STATUS_BAD_FORMAT,
                   "%s, line %" PRId64 " contradicts %s, line %" PRId64
                   ": %s is %.10g and %.10g for %s, %s, %s, N %" PRId64 ", c %g, seed %" PRId64 ", K %" PRId64 ", q %g",
                   entries->paths[b->file], b->line, entries->paths[a->file], a->line, pb_measure_name(measure),
                   b->row.value[measure], a->row.value[measure], a->row.dataset, a->row.method,
                   pb_setup_name(a->row.setup), a->row.limit, a->row.contamination, a->row.seed, a->row.k,
                   a->row.percentile);
}

/* What `from` says about the cell of `into`, too. Files with 4 decimals and with all of them agree. */
static pb_status merge(const pb_study_entries *entries, pb_study_entry *into, const pb_study_entry *from)
{
    static const double half_of_4th_decimal = 0.5e-4 * (1 + 1e-6);
    for (int m = 0; m < PB_N_MEASURES; m++) {
        double *value = &into->row.value[m];
        if (isnan(*value))
            *value = from->row.value[m];
        else if (fabs(*value - from->row.value[m]) > half_of_4th_decimal)
            return fail_duplicate(entries, into, from, (pb_measure)m);
    }
    return PB_STATUS_OK;
}

static pb_status merge_rows(pb_study_entries *entries)
{
    int64_t n = 0;
    qsort(entries->entry, (size_t)entries->n, sizeof *entries->entry, by_key_and_place);
    for (int64_t i = 0; i < entries->n; i++) {
        if (n > 0 && by_key(&entries->entry[n - 1], &entries->entry[i]) == 0)
            PB_TRY(merge(entries, &entries->entry[n - 1], &entries->entry[i]));
        else
            entries->entry[n++] = entries->entry[i];
    }
    entries->n = n;
    return PB_STATUS_OK;
}

static pb_status check_setups(const pb_study_entries *entries)
{
    static const char *const kept[] = {[PB_STUDY_DISJOINT_ONLY] = "disjoint", [PB_STUDY_SHARED_ONLY] = "shared"};
    const bool any = entries->setups == PB_STUDY_ONE_SETUP || entries->setups == PB_STUDY_BOTH_SETUPS;
    if (entries->n == 0 && any)
        return pb_fail(PB_STATUS_BAD_FORMAT, "no file of results among %s%s: regions of the pixel run are not analysed",
                       entries->paths[0], entries->n_paths > 1 ? " and the others" : "");
    if (entries->n == 0)
        return pb_fail(PB_STATUS_MISMATCH, "no row of %s%s is of setup %s", entries->paths[0],
                       entries->n_paths > 1 ? " and the other files" : "", kept[entries->setups]);
    for (int64_t i = 1; i < entries->n && entries->setups == PB_STUDY_ONE_SETUP; i++) {
        const pb_study_entry *a = &entries->entry[0], *b = &entries->entry[i];
        if (a->row.setup != b->row.setup)
            return pb_suggest(pb_fail(PB_STATUS_MISMATCH,
                                      "%s, line %" PRId64 " is of setup %s and %s, line %" PRId64
                                      " of setup %s: the two must not be mixed",
                                      entries->paths[a->file], a->line, pb_setup_name(a->row.setup),
                                      entries->paths[b->file], b->line, pb_setup_name(b->row.setup)),
                              PB_HINT_CHOOSE_SETUP, NULL);
    }
    return PB_STATUS_OK;
}

/* ---- Lists -------------------------------------------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
    return by_text(*(const char *const *)a, *(const char *const *)b);
}

/* The texts at `offset` of the rows, each once, by name. */
static pb_status list_texts(const pb_study *study, size_t offset, const char ***out, int64_t *out_n)
{
    const char **list;
    int64_t n = 0;
    PB_TRY(PB_NEW(list, study->n_texts));
    for (int64_t r = 0; r < study->contents.n_rows; r++) {
        const char *text;
        memcpy(&text, (const char *)&study->rows[r] + offset, sizeof text);
        int64_t i = n;
        while (i > 0 && list[i - 1] != text)
            i--;
        if (i == 0)
            list[n++] = text;
    }
    qsort(list, (size_t)n, sizeof *list, compare_texts);
    *out = list;
    *out_n = n;
    return PB_STATUS_OK;
}

static int compare_ints(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static pb_status list_ints(const pb_study *study, size_t offset, int64_t **out, int64_t *out_n)
{
    int64_t *list, n = 0;
    const int64_t n_rows = study->contents.n_rows;
    PB_TRY(PB_NEW(list, n_rows));
    for (int64_t r = 0; r < n_rows; r++)
        memcpy(&list[r], (const char *)&study->rows[r] + offset, sizeof *list);
    qsort(list, (size_t)n_rows, sizeof *list, compare_ints);
    for (int64_t r = 0; r < n_rows; r++)
        if (n == 0 || list[r] != list[n - 1])
            list[n++] = list[r];
    *out = list;
    *out_n = n;
    return PB_STATUS_OK;
}

static int compare_reals(const void *a, const void *b)
{
    return by_number(*(const double *)a, *(const double *)b);
}

static pb_status list_reals(const pb_study *study, size_t offset, double **out, int64_t *out_n)
{
    double *list;
    int64_t n = 0;
    const int64_t n_rows = study->contents.n_rows;
    PB_TRY(PB_NEW(list, n_rows));
    for (int64_t r = 0; r < n_rows; r++)
        memcpy(&list[r], (const char *)&study->rows[r] + offset, sizeof *list);
    qsort(list, (size_t)n_rows, sizeof *list, compare_reals);
    for (int64_t r = 0; r < n_rows; r++)
        if (n == 0 || list[r] > list[n - 1])
            list[n++] = list[r];
    *out = list;
    *out_n = n;
    return PB_STATUS_OK;
}

static pb_status list_setups(pb_study *study)
{
    PB_TRY(PB_NEW(study->setups, 2));
    for (int64_t r = 0; r < study->contents.n_rows; r++)
        if (r == 0 || study->rows[r].setup != study->rows[r - 1].setup)
            study->setups[study->contents.n_setups++] = study->rows[r].setup;
    return PB_STATUS_OK;
}

static pb_status make_lists(pb_study *study)
{
    pb_study_contents *c = &study->contents;
    PB_TRY(list_setups(study));
    PB_TRY(list_texts(study, offsetof(pb_study_row, dataset), &study->datasets, &c->n_datasets));
    PB_TRY(list_texts(study, offsetof(pb_study_row, detector), &study->detectors, &c->n_detectors));
    PB_TRY(list_texts(study, offsetof(pb_study_row, auditor), &study->auditors, &c->n_auditors));
    PB_TRY(list_ints(study, offsetof(pb_study_row, limit), &study->limits, &c->n_limits));
    PB_TRY(list_ints(study, offsetof(pb_study_row, k), &study->ks, &c->n_ks));
    PB_TRY(list_ints(study, offsetof(pb_study_row, seed), &study->seeds, &c->n_seeds));
    PB_TRY(list_reals(study, offsetof(pb_study_row, contamination), &study->contaminations, &c->n_contaminations));
    PB_TRY(list_reals(study, offsetof(pb_study_row, percentile), &study->percentiles, &c->n_percentiles));
    PB_TRY(PB_NEW(study->benchmarks, c->n_datasets));
    for (int64_t d = 0; d < c->n_datasets; d++)
        study->benchmarks[d] = pb_study_benchmark(study->datasets[d]);
    for (int64_t r = 0; r < c->n_rows; r++)
        for (int m = 0; m < PB_N_MEASURES; m++)
            c->has[m] = c->has[m] || !isnan(study->rows[r].value[m]);
    return PB_STATUS_OK;
}

static void fill_contents(pb_study *study)
{
    pb_study_contents *c = &study->contents;
    c->rows = study->rows;
    c->datasets = study->datasets;
    c->benchmarks = study->benchmarks;
    c->methods = study->methods;
    c->detectors = study->detectors;
    c->auditors = study->auditors;
    c->setups = study->setups;
    c->limits = study->limits;
    c->contaminations = study->contaminations;
    c->percentiles = study->percentiles;
    c->ks = study->ks;
    c->seeds = study->seeds;
    c->assumed_shared = study->assumed;
}

/* ---- Places ------------------------------------------------------------------------------------------------------- */

static int64_t find_setup(const pb_study *study, pb_setup setup)
{
    for (int64_t s = 0; s < study->contents.n_setups; s++)
        if (study->setups[s] == setup)
            return s;
    return -1;
}

static int64_t find_dataset(const pb_study *study, const char *name)
{
    const char **found =
        bsearch(&name, study->datasets, (size_t)study->contents.n_datasets, sizeof *study->datasets, compare_texts);
    return found ? found - study->datasets : -1;
}

static int64_t find_method(const pb_study *study, const char *name)
{
    for (int64_t m = 0; m < study->contents.n_methods; m++)
        if (study->methods[m] == name || strcmp(study->methods[m], name) == 0)
            return m;
    return -1;
}

static int64_t group_of(const pb_study *study, int64_t setup, int64_t dataset, int64_t method)
{
    return (setup * study->contents.n_datasets + dataset) * study->contents.n_methods + method;
}

static pb_status find_starts(pb_study *study)
{
    const pb_study_contents *c = &study->contents;
    int64_t n, next = 0; /* group without a start yet */
    PB_TRY(pb_size_multiply(c->n_datasets, c->n_methods, "datasets and methods of the results", &n));
    n *= c->n_setups;
    if (n > MAX_GROUPS)
        return pb_fail(PB_STATUS_LIMIT, "%" PRId64 " datasets with %" PRId64 " methods are more than can be compared",
                       c->n_datasets, c->n_methods);
    PB_TRY(PB_NEW(study->start, n + 1));
    for (int64_t r = 0; r < c->n_rows; r++) {
        const pb_study_row *row = &study->rows[r];
        const int64_t group = group_of(study, find_setup(study, row->setup), find_dataset(study, row->dataset),
                                       find_method(study, row->method));
        while (next <= group)
            study->start[next++] = r;
    }
    while (next <= n)
        study->start[next++] = c->n_rows;
    return PB_STATUS_OK;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------ */

/* Takes the texts, and what the entries know. */
static pb_status gather(pb_study_entries *entries, pb_study *study)
{
    PB_TRY(check_setups(entries));
    PB_TRY(order_methods(entries, study));
    PB_TRY(merge_rows(entries));
    PB_TRY(PB_NEW_UNINITIALISED(study->rows, entries->n));
    for (int64_t i = 0; i < entries->n; i++)
        study->rows[i] = entries->entry[i].row;
    study->contents.n_rows = entries->n;
    study->texts = entries->texts;
    study->n_texts = entries->texts.n;
    entries->texts = (pb_text_set){0};
    if (entries->has_origin) {
        study->origin = entries->origin;
        study->contents.origin = &study->origin;
    }
    if (entries->assumed_file >= 0)
        PB_TRY(PB_NEW_STRING(study->assumed, entries->paths[entries->assumed_file]));
    return PB_STATUS_OK;
}

static pb_status read_study(pb_study_entries *entries, pb_study *study)
{
    for (int64_t f = 0; f < entries->n_paths; f++)
        PB_TRY(pb_study_read_file(entries, f));
    PB_TRY(gather(entries, study));
    pb_study_entries_free(entries);
    PB_TRY(make_lists(study));
    fill_contents(study);
    return find_starts(study);
}

pb_status pb_study_read(const char *const *paths, int64_t n, pb_study_setups setups, pb_study **out)
{
    PB_CHECK_ARG(n >= 1, "there are no results to read");
    pb_study_entries entries = {.paths = paths, .n_paths = n, .setups = setups, .assumed_file = -1};
    pb_study *study;
    PB_TRY(PB_NEW(study, 1));
    const pb_status status = read_study(&entries, study);
    pb_study_entries_free(&entries);
    if (status == PB_STATUS_OK)
        *out = study;
    else
        pb_study_free(study);
    return status;
}

/* Rows keep their order, and so do methods. */
static pb_status narrow(const pb_study *from, bool (*keeps)(const void *context, const pb_study_row *row),
                        const void *context, pb_study *out)
{
    out->n_texts = from->n_texts;
    PB_TRY(PB_NEW_UNINITIALISED(out->rows, from->contents.n_rows));
    for (int64_t r = 0; r < from->contents.n_rows; r++)
        if (keeps(context, &from->rows[r]))
            out->rows[out->contents.n_rows++] = from->rows[r];
    if (out->contents.n_rows == 0)
        return pb_fail(PB_STATUS_MISMATCH, "no row of the results is of all that was chosen");
    PB_TRY(PB_NEW(out->methods, from->contents.n_methods));
    for (int64_t m = 0; m < from->contents.n_methods; m++)
        for (int64_t r = 0; r < out->contents.n_rows; r++)
            if (out->rows[r].method == from->methods[m]) {
                out->methods[out->contents.n_methods++] = from->methods[m];
                break;
            }
    out->origin = from->origin;
    out->contents.origin = from->contents.origin ? &out->origin : NULL;
    if (from->assumed)
        PB_TRY(PB_NEW_STRING(out->assumed, from->assumed));
    PB_TRY(make_lists(out));
    fill_contents(out);
    return find_starts(out);
}

pb_status pb_study_narrow(const pb_study *study, bool (*keeps)(const void *context, const pb_study_row *row),
                          const void *context, pb_study **out)
{
    pb_study *narrowed;
    PB_TRY(PB_NEW(narrowed, 1));
    const pb_status status = narrow(study, keeps, context, narrowed);
    if (status == PB_STATUS_OK)
        *out = narrowed;
    else
        pb_study_free(narrowed);
    return status;
}

void pb_study_free(pb_study *study)
{
    if (!study)
        return;
    pb_text_set_free(&study->texts);
    pb_free(study->rows);
    pb_free(study->start);
    pb_free(study->assumed);
    pb_free(study->datasets);
    pb_free(study->benchmarks);
    pb_free(study->methods);
    pb_free(study->detectors);
    pb_free(study->auditors);
    pb_free(study->setups);
    pb_free(study->limits);
    pb_free(study->ks);
    pb_free(study->seeds);
    pb_free(study->contaminations);
    pb_free(study->percentiles);
    pb_free(study);
}

const pb_study_contents *pb_study_get_contents(const pb_study *study)
{
    return &study->contents;
}

const pb_study_row *pb_study_find(const pb_study *study, pb_setup setup, const char *dataset, const char *method,
                                  int64_t *out_n)
{
    const int64_t s = find_setup(study, setup), d = find_dataset(study, dataset), m = find_method(study, method);
    *out_n = 0;
    if (s < 0 || d < 0 || m < 0)
        return NULL;
    const int64_t group = group_of(study, s, d, m);
    *out_n = study->start[group + 1] - study->start[group];
    return study->rows + study->start[group];
}
