/* What the percentile q and the number of neighbours K do. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "tables/study_tables.h"

enum { Q_OR_K, CLEAN, CONTAMINATED, GAIN };

typedef struct ablation {
    pb_table_maker *maker;
    pb_setup setup;
    const int64_t *limit;
    const char *method;
    bool of_k;         /* else of q */
    int64_t n_values;  /* of the study */
    int64_t n_sets;    /* categories that have every value that the method has */
    const char **sets; /* contents.n_datasets */
} ablation;

static double value_at(const ablation *self, int64_t i)
{
    const pb_study_contents *contents = self->maker->contents;
    return self->of_k ? (double)contents->ks[i] : contents->percentiles[i];
}

static pb_study_slice slice_at(const ablation *self, int64_t i, double contamination)
{
    pb_study_slice slice = pb_maker_slice(self->maker, self->setup, contamination, self->limit);
    if (self->of_k)
        slice.k = self->maker->contents->ks[i];
    else
        slice.percentile = self->maker->contents->percentiles[i];
    return slice;
}

/* Of the method, or of the baseline: that does not depend on q, so what is not there at this q is taken from the usual one. */
static double mean_at(const ablation *self, int64_t i, double contamination, const char *dataset, const char *method)
{
    pb_study_slice slice = slice_at(self, i, contamination);
    const double mean = pb_study_mean(self->maker->study, &slice, dataset, method, PB_MEASURE_AUROC);
    if (!isnan(mean) || self->of_k || strcmp(method, PB_METHOD_NONE) != 0)
        return mean;
    slice.percentile = 0;
    return pb_study_mean(self->maker->study, &slice, dataset, method, PB_MEASURE_AUROC);
}

static bool has_value(const ablation *self, int64_t i)
{
    for (int64_t d = 0; d < self->maker->contents->n_datasets; d++)
        if (!isnan(mean_at(self, i, self->maker->contamination, self->maker->contents->datasets[d], self->method)))
            return true;
    return false;
}

static bool has_every_value(const ablation *self, const char *dataset)
{
    for (int64_t i = 0; i < self->n_values; i++)
        if (has_value(self, i) && isnan(mean_at(self, i, self->maker->contamination, dataset, self->method)))
            return false;
    return true;
}

/* Fills `sets`; false where the method has fewer than two values. */
static bool find_sets(ablation *self)
{
    int64_t n = 0;
    for (int64_t i = 0; i < self->n_values; i++)
        n += has_value(self, i);
    self->n_sets = 0;
    for (int64_t d = 0; n >= 2 && d < self->maker->contents->n_datasets; d++)
        if (has_every_value(self, self->maker->contents->datasets[d]))
            self->sets[self->n_sets++] = self->maker->contents->datasets[d];
    return self->n_sets > 0;
}

static double mean_of(const ablation *self, int64_t i, double contamination, const char *method)
{
    double sum = 0;
    for (int64_t d = 0; d < self->n_sets; d++)
        sum += mean_at(self, i, contamination, self->sets[d], method);
    return sum / (double)self->n_sets;
}

static void add_rows(ablation *self, pb_table *table)
{
    const double c = self->maker->contamination;
    char label[PB_METHOD_LABEL_BYTES], group[192], name[192], value[PB_NUMBER_BYTES], categories[PB_NUMBER_BYTES];
    const pb_table_scope scope = pb_scope(NULL, *self->limit);
    if (!find_sets(self))
        return;
    pb_study_method_label(self->method, label, sizeof label);
    pb_maker_categories(self->n_sets, categories);
    snprintf(group, sizeof group, "%.96s, N = %lld, %.40s", label, (long long)*self->limit, categories);
    snprintf(name, sizeof name, "%.96s, N = %lld, %.40s", self->method, (long long)*self->limit, categories);
    for (int64_t i = 0; i < self->n_values; i++) {
        if (!has_value(self, i))
            continue;
        pb_table_number(PB_FORMAT_NUMBER, 0, value_at(self, i), value);
        if (value_at(self, i) != round(value_at(self, i)))
            pb_table_number(PB_FORMAT_NUMBER, 1, value_at(self, i), value);
        pb_table_add_row(table, group, !pb_study_is_told(self->method), &scope);
        pb_table_name_group(table, name);
        pb_table_set_text(table, Q_OR_K, value);
        pb_table_set_value(table, CLEAN, mean_of(self, i, 0, self->method));
        pb_table_set_value(table, CONTAMINATED, mean_of(self, i, c, self->method));
        if (strcmp(self->method, PB_METHOD_NONE) == 0)
            continue;
        pb_table_set_value(table, GAIN, mean_of(self, i, c, self->method) - mean_of(self, i, c, PB_METHOD_NONE));
    }
}

static pb_status make(ablation *self, bool *added)
{
    const pb_study_contents *contents = self->maker->contents;
    char id[64], c[PB_NUMBER_BYTES], head[PB_NUMBER_BYTES + 8];
    pb_table *table;
    snprintf(id, sizeof id, "ablation_%s_%s", self->of_k ? "k" : "percentile", pb_setup_name(self->setup));
    snprintf(head, sizeof head, "c = %s", pb_maker_c(self->maker->contamination, c));
    PB_TRY(pb_table_new(id, &table));
    table->scope = (pb_table_scope){
        .setup = pb_setup_name(self->setup), .contamination = self->maker->contamination, .has_contamination = true};
    pb_table_set_title(
        table, pb_table_textf("%s, %s", self->of_k ? "Neighbours K" : "Percentile q", pb_setup_name(self->setup)));
    pb_table_set_caption(
        table, pb_table_textf("Image AUROC without contamination and with %s, and the gain over none there; mean over "
                              "the categories that have every %s, seeds averaged first. %s",
                              head, self->of_k ? "K" : "q", pb_maker_setup_words(self->maker, self->setup)));
    pb_table_add_column(table, "", self->of_k ? "K" : "q", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "AUROC", "c = 0", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "AUROC", head, PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "gain", PB_FORMAT_SIGNED, PB_BEST_HIGHEST, 4, NULL);
    for (int64_t l = 0; l < contents->n_limits; l++)
        for (int64_t m = 0; m < contents->n_methods && self->maker->detector; m++) {
            self->limit = &contents->limits[l];
            self->method = contents->methods[m];
            if (self->of_k ||
                strcmp(self->method, PB_METHOD_NONE) != 0) /* K concerns the scores, and so the baseline, too */
                add_rows(self, table);
        }
    return pb_maker_take(self->maker, table, added);
}

static pb_status make_ablation(pb_table_maker *maker, bool of_k, const char **sets)
{
    const pb_study_contents *contents = maker->contents;
    ablation self = {
        .maker = maker, .of_k = of_k, .n_values = of_k ? contents->n_ks : contents->n_percentiles, .sets = sets};
    bool any = false, added;
    for (int64_t s = 0; self.n_values > 1 && s < maker->n_setups; s++) {
        self.setup = maker->setup[s];
        PB_TRY(make(&self, &added));
        any |= added;
    }
    if (any)
        return PB_STATUS_OK;
    return of_k ? pb_maker_miss(maker, "ablation_k", "one K only (ablation-knn-k)")
                : pb_maker_miss(maker, "ablation_percentile", "one percentile only (ablation-percentile)");
}

pb_status pb_tables_ablations(pb_table_maker *maker)
{
    const char **sets;
    PB_TRY(PB_NEW(sets, maker->contents->n_datasets));
    pb_status status = make_ablation(maker, false, sets);
    if (status == PB_STATUS_OK)
        status = make_ablation(maker, true, sets);
    pb_free(sets);
    return status;
}
