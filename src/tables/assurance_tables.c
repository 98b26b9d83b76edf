/* Assurance (method.md#assurance): an auditor's decisions on the banks of detectors, new photos for removed ones, the review of a few, and
 * the baselines. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "tables/study_tables.h"

typedef struct assurance {
    pb_table_maker *maker;
    const char *removal, *recapture, *oracle; /* names of what is done with references */
    pb_setup setup;
    const char *detector, *auditor;
    const int64_t *limit;
} assurance;

static pb_study_slice slice_of(const assurance *self, double contamination, const char *auditor)
{
    return (pb_study_slice){.setup = self->setup,
                            .contamination = contamination,
                            .limits = self->limit,
                            .n_limits = 1,
                            .detector = self->detector,
                            .auditor = auditor};
}

static pb_effect effect_of(const assurance *self, const char *method)
{
    const pb_study_slice slice = slice_of(self, self->maker->contamination, self->auditor);
    return pb_maker_effect(self->maker, &slice, &self->maker->benchmark[0], method);
}

static double measure_of(const assurance *self, const char *method, pb_measure measure)
{
    const pb_study_slice slice = slice_of(self, self->maker->contamination, self->auditor);
    return pb_maker_summary(self->maker, &slice, method, measure).mean;
}

/* The studies' method of a family that does so; the baselines, which remove, too, are a family of their own. */
static const char *name_of(pb_method_family family, pb_assurance_action action)
{
    int64_t n;
    const pb_method *const *methods = pb_methods(PB_METHOD_ASSURANCE, &n);
    for (int64_t i = 0; i < n; i++)
        if (methods[i]->family == family && methods[i]->action == action && methods[i]->place[PB_LIST_ASSURANCE] > 0)
            return methods[i]->name;
    return "";
}

/* Mean over the categories where it can be told, of category means. */
static double ratio_of(const assurance *self, const char *method, pb_measure part, pb_measure all)
{
    const double whole = measure_of(self, method, all);
    return whole > 0 ? measure_of(self, method, part) / whole : (double)NAN;
}

/* Calls `add` for each setup's auditor, detector and N. */
static void for_each_pair(assurance *self, pb_table *table, void (*add)(const assurance *self, pb_table *table))
{
    const pb_study_contents *contents = self->maker->contents;
    for (int64_t a = 0; a < contents->n_auditors; a++)
        for (int64_t d = 0; d < contents->n_detectors; d++)
            for (int64_t l = 0; l < contents->n_limits; l++) {
                self->auditor = contents->auditors[a];
                self->detector = contents->detectors[d];
                self->limit = &contents->limits[l];
                if (*self->detector)
                    add(self, table);
            }
}

/* "auditor DINOv3, N = 10", or with the detector, too: what is compared stands in one group. */
static void group_name(const assurance *self, bool of_detector, char group[256])
{
    snprintf(group, 256, "auditor %.80s%s%.80s, N = %lld", *self->auditor ? self->auditor : "unnamed",
             of_detector ? ", detector " : "", of_detector ? self->detector : "", (long long)*self->limit);
}

static void begin_row(const assurance *self, pb_table *table, bool of_detector, bool contest)
{
    char group[256];
    const pb_table_scope scope = pb_scope(NULL, *self->limit);
    group_name(self, of_detector, group);
    pb_table_add_row(table, group, contest, &scope);
}

static pb_status open_table(const assurance *self, const char *name, const char *title, const char *caption,
                            pb_table **out)
{
    char id[64], c[PB_NUMBER_BYTES];
    snprintf(id, sizeof id, "%s_%s", name, pb_setup_name(self->setup));
    PB_TRY(pb_table_new(id, out));
    (*out)->scope = (pb_table_scope){
        .setup = pb_setup_name(self->setup), .contamination = self->maker->contamination, .has_contamination = true};
    pb_table_set_title(*out, pb_table_textf("%s, %s, c = %s", title, pb_setup_name(self->setup),
                                            pb_maker_c(self->maker->contamination, c)));
    pb_table_set_caption(*out, pb_table_textf("%s %s", caption, pb_maker_setup_words(self->maker, self->setup)));
    return PB_STATUS_OK;
}

/* ---- transfer ---- */

static void add_transfer(const assurance *self, pb_table *table)
{
    const pb_effect audit = effect_of(self, self->removal), best = effect_of(self, self->oracle);
    if (audit.n == 0)
        return;
    begin_row(self, table, false, true);
    pb_table_set_text(table, 0, self->detector);
    pb_table_set_value(table, 1, (double)audit.n);
    pb_table_set_value(table, 2, audit.clean);
    pb_table_set_value(table, 3, audit.baseline);
    pb_table_set_value(table, 4, audit.mean);
    pb_maker_set_mean(table, 5, best.mean, best.n, audit.n);
    pb_table_set_value(table, 6, audit.mean - audit.baseline);
    pb_table_set_value(table, 7, 100 * audit.recovery);
    pb_table_set_value(table, 8, (double)audit.wins);
    pb_table_set_value(table, 9, (double)audit.losses);
}

static pb_status make_transfer(assurance *self, bool *added)
{
    char label[PB_METHOD_LABEL_BYTES], caption[384];
    pb_table *table;
    pb_study_method_label(self->removal, label, sizeof label);
    snprintf(caption, sizeof caption,
             "Image AUROC of detectors whose references the auditor has judged (%s); n categories, seeds averaged "
             "first. clean: none at c = 0.",
             label);
    PB_TRY(open_table(self, "transfer", "One auditor, several detectors", caption, &table));
    pb_maker_set_policy(table, &self->maker->policy);
    pb_table_add_column(table, "", "detector", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "n", PB_FORMAT_NUMBER, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "AUROC", "clean", PB_FORMAT_NUMBER, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "AUROC", "none", PB_FORMAT_NUMBER, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "AUROC", "audit", PB_FORMAT_NUMBER, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "AUROC", "oracle", PB_FORMAT_NUMBER, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "", "gain", PB_FORMAT_SIGNED, PB_BEST_NONE, 4, NULL);
    pb_table_add_column(table, "", "recovery %", PB_FORMAT_NUMBER, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "wins", PB_FORMAT_NUMBER, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "losses", PB_FORMAT_NUMBER, PB_BEST_NONE, 0, NULL);
    for_each_pair(self, table, add_transfer);
    return pb_maker_take(self->maker, table, added);
}

/* ---- recapture and removal, baselines ---- */

static void add_action(const assurance *self, pb_table *table, const char *method)
{
    const pb_effect of = effect_of(self, method);
    if (of.n == 0)
        return;
    begin_row(self, table, true, !pb_study_is_told(method));
    pb_table_set_method(table, 0, method, "");
    pb_table_set_value(table, 1, of.mean);
    if (strcmp(method, PB_METHOD_NONE) == 0)
        return;
    pb_table_set_value(table, 2, of.gain);
    pb_table_set_value(table, 3, 100 * of.recovery);
    pb_table_set_value(table, 4, (double)of.wins);
    pb_table_set_value(table, 5, (double)of.losses);
    pb_table_set_value(table, 6, measure_of(self, method, PB_MEASURE_IMAGES_REMOVED));
    pb_table_set_value(table, 7, ratio_of(self, method, PB_MEASURE_CONTAMINATED_REMOVED, PB_MEASURE_IMAGES_REMOVED));
    pb_table_set_value(table, 8, ratio_of(self, method, PB_MEASURE_CONTAMINATED_REMOVED, PB_MEASURE_CONTAMINATED));
}

static void add_recapture(const assurance *self, pb_table *table)
{
    if (effect_of(self, self->recapture).n == 0)
        return;
    add_action(self, table, PB_METHOD_NONE);
    add_action(self, table, self->removal);
    add_action(self, table, self->recapture);
    add_action(self, table, self->oracle);
}

/* Outlier detectors on whole images, in the order of the catalogue. */
static void add_baselines(const assurance *self, pb_table *table)
{
    int64_t n;
    const pb_method *const *methods = pb_methods(PB_METHOD_ASSURANCE, &n);
    bool any = false;
    for (int64_t i = 0; i < n; i++)
        any |= methods[i]->family == PB_FAMILY_BASELINE && effect_of(self, methods[i]->name).n > 0;
    if (!any)
        return;
    add_action(self, table, PB_METHOD_NONE);
    add_action(self, table, self->removal);
    for (int64_t i = 0; i < n; i++)
        if (methods[i]->family == PB_FAMILY_BASELINE)
            add_action(self, table, methods[i]->name);
}

static void add_action_columns(pb_table *table)
{
    pb_table_add_column(table, "", "action", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "", "AUROC", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "gain", PB_FORMAT_SIGNED, PB_BEST_HIGHEST, 4, NULL);
    pb_table_add_column(table, "", "recovery %", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 0, NULL);
    pb_table_add_column(table, "", "wins", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 0, NULL);
    pb_table_add_column(table, "", "losses", PB_FORMAT_NUMBER, PB_BEST_LOWEST, 0, NULL);
    pb_table_add_column(table, "removal", "images", PB_FORMAT_NUMBER, PB_BEST_NONE, 2, NULL);
    pb_table_add_column(table, "removal", "precision", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 2, NULL);
    pb_table_add_column(table, "removal", "recall", PB_FORMAT_NUMBER, PB_BEST_HIGHEST, 2, NULL);
}

static pb_status make_actions(assurance *self, const char *name, const char *title, const char *caption,
                              void (*add)(const assurance *self, pb_table *table), bool *added)
{
    pb_table *table;
    PB_TRY(open_table(self, name, title, caption, &table));
    pb_table_add_note(
        table, pb_table_textf("precision and recall of means: contaminated images removed, of the removed and of the "
                              "contaminated."));
    pb_maker_set_policy(table, &self->maker->policy);
    add_action_columns(table);
    for_each_pair(self, table, add);
    return pb_maker_take(self->maker, table, added);
}

/* ---- review of a few ---- */

static void add_review(const assurance *self, pb_table *table)
{
    static const pb_measure tops[] = {PB_MEASURE_TOP1_CONTAMINATED, PB_MEASURE_TOP2_CONTAMINATED,
                                      PB_MEASURE_TOP3_CONTAMINATED};
    char text[32];
    const double contaminated = measure_of(self, self->removal, PB_MEASURE_CONTAMINATED);
    if (isnan(measure_of(self, self->removal, PB_MEASURE_TOP1_CONTAMINATED)))
        return;
    /* What the auditor finds does not depend on the detector: the first one that has rows stands for all. */
    char group[256];
    group_name(self, false, group);
    for (int64_t i = 0; i < table->n_rows; i++)
        if (strcmp(table->row[i].group, group) == 0)
            return;
    for (int top = 0; top < 3; top++) {
        const double found = measure_of(self, self->removal, tops[top]);
        snprintf(text, sizeof text, "top %d", top + 1);
        begin_row(self, table, false, true);
        pb_table_set_text(table, 0, text);
        pb_table_set_value(table, 1, found);
        pb_table_set_value(table, 2, 100 * found / (top + 1));
        pb_table_set_value(table, 3, contaminated > 0 ? 100 * found / contaminated : (double)NAN);
    }
}

static pb_status make_review(assurance *self, bool *added)
{
    pb_table *table;
    PB_TRY(open_table(
        self, "review", "Review of the most suspicious references",
        "A person looks at the auditor's first 1, 2 or 3 references; mean over categories, seeds averaged first.",
        &table));
    pb_table_add_column(table, "", "reviewed", PB_FORMAT_TEXT, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "contaminated", "found", PB_FORMAT_NUMBER, PB_BEST_NONE, 2, NULL);
    pb_table_add_column(table, "contaminated", "% of the reviewed", PB_FORMAT_NUMBER, PB_BEST_NONE, 0, NULL);
    pb_table_add_column(table, "contaminated", "% of all", PB_FORMAT_NUMBER, PB_BEST_NONE, 0, NULL);
    for_each_pair(self, table, add_review);
    return pb_maker_take(self->maker, table, added);
}

/* ---- all four ---- */

enum { N_TABLES = 4 };

static pb_status make_recapture(assurance *self, bool *added)
{
    char again[PB_METHOD_LABEL_BYTES], gone[PB_METHOD_LABEL_BYTES], caption[512];
    pb_study_method_label(self->recapture, again, sizeof again);
    pb_study_method_label(self->removal, gone, sizeof gone);
    snprintf(caption, sizeof caption,
             "Removed images are replaced by new photos (%s), or not (%s); mean over categories, seeds averaged first.",
             again, gone);
    return make_actions(self, "recapture", "Recapture against removal", caption, add_recapture, added);
}

static pb_status make_four(assurance *self, bool any[N_TABLES])
{
    bool added;
    PB_TRY(make_transfer(self, &added));
    any[0] |= added;
    PB_TRY(make_recapture(self, &added));
    any[1] |= added;
    PB_TRY(make_review(self, &added));
    any[2] |= added;
    PB_TRY(make_actions(
        self, "baselines", "The audit and its baselines",
        "Outlier detectors on mean-pooled images with the same rule; mean over categories, seeds averaged first.",
        add_baselines, &added));
    any[3] |= added;
    return PB_STATUS_OK;
}

pb_status pb_tables_assurance(pb_table_maker *maker)
{
    static const char *const ids[N_TABLES] = {"transfer", "recapture", "review", "baselines"};
    assurance self = {.maker = maker,
                      .removal = name_of(PB_FAMILY_AUDIT, PB_ASSURE_REMOVE),
                      .recapture = name_of(PB_FAMILY_AUDIT, PB_ASSURE_RECAPTURE),
                      .oracle = name_of(PB_FAMILY_CONTROL, PB_ASSURE_ORACLE)};
    bool any[N_TABLES] = {0};
    for (int64_t s = 0; s < maker->n_setups; s++) {
        self.setup = maker->setup[s];
        PB_TRY(make_four(&self, any));
    }
    for (int i = 0; i < N_TABLES; i++)
        if (!any[i])
            PB_TRY(pb_maker_miss(maker, ids[i], "no such rows of assurance"));
    return PB_STATUS_OK;
}
