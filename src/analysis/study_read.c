/* One result file becomes rows: columns by name, every value checked, with the line in each message. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <purebank/experiment.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "experiment/results.h"
#include "experiment/tables.h"

/* What tells rows apart. */
enum {
    DATASET,
    METHOD,
    CONTAMINATION,
    LIMIT,
    SEED,
    N_REQUIRED,
    SETUP = N_REQUIRED,
    DETECTOR,
    AUDITOR,
    PARAM_K,
    K,
    PERCENTILE,
    N_KEYS
};

enum { N_NAMES = 2 }; /* different files have for one thing */

typedef struct column {
    const char *name[N_NAMES];
    double low, high; /* of numbers */
} column;

static const column key_columns[N_KEYS] = {
    [DATASET] = {{"dataset"}, 0, 0},
    [METHOD] = {{"purification_method", "method"}, 0, 0},
    [CONTAMINATION] = {{"contamination_rate"}, 0, 1},
    [LIMIT] = {{"train_limit"}, 1, 1e9},
    [SEED] = {{"seed"}, 0, 1e15},
    [SETUP] = {{"setup"}, 0, 0},
    [DETECTOR] = {{"detector"}, 0, 0},
    [AUDITOR] = {{"auditor"}, 0, 0},
    [PARAM_K] = {{"param_k"}, 0, 1e9},
    [K] = {{"knn_k"}, 1, 1e9},
    [PERCENTILE] = {{"percentile_threshold"}, 0, 100},
};

static const column measure_columns[PB_N_MEASURES] = {
    [PB_MEASURE_AUROC] = {{"img_auroc"}, 0, 1},
    [PB_MEASURE_AUPR] = {{"img_aupr"}, 0, 1},
    [PB_MEASURE_F1MAX] = {{"img_f1max"}, 0, 1},
    [PB_MEASURE_TPR_FPR1] = {{"tpr_fpr1"}, 0, 1},
    [PB_MEASURE_TPR_FPR5] = {{"tpr_fpr5"}, 0, 1},
    [PB_MEASURE_PIXEL_AUROC] = {{"pix_auroc"}, 0, 1},
    [PB_MEASURE_PIXEL_AUPR] = {{"pix_aupr"}, 0, 1},
    [PB_MEASURE_RECOVERY] = {{"recovery_rate"}, -1e9, 1e9},
    [PB_MEASURE_DETECTION_AUROC] = {{"contaminant_detection_auroc", "image_score_det_auroc"}, 0, 1},
    [PB_MEASURE_CONTAMINATED] = {{"n_contaminated"}, 0, 1e15},
    [PB_MEASURE_PATCHES_REMOVED] = {{"n_patches_removed"}, 0, 1e15},
    [PB_MEASURE_IMAGES_REMOVED] = {{"n_images_removed", "n_removed"}, 0, 1e15},
    [PB_MEASURE_CONTAMINATED_REMOVED] = {{"n_contaminated_removed", "n_cont_removed"}, 0, 1e15},
    [PB_MEASURE_REMOVAL_PRECISION] = {{"removal_precision"}, 0, 1},
    [PB_MEASURE_REMOVAL_RECALL] = {{"removal_recall"}, 0, 1},
    [PB_MEASURE_TOP1_CONTAMINATED] = {{"top1_cont"}, 0, 1e15},
    [PB_MEASURE_TOP2_CONTAMINATED] = {{"top2_cont"}, 0, 1e15},
    [PB_MEASURE_TOP3_CONTAMINATED] = {{"top3_cont"}, 0, 1e15},
};

const char *pb_measure_name(pb_measure measure)
{
    return (unsigned)measure < PB_N_MEASURES ? measure_columns[measure].name[0] : "unknown";
}

static bool is_called(const column *wanted, const char *name)
{
    for (int i = 0; i < N_NAMES; i++)
        if (wanted->name[i] && strcmp(wanted->name[i], name) == 0)
            return true;
    return false;
}

pb_status pb_measure_parse(const char *name, pb_measure *out)
{
    for (int i = 0; i < PB_N_MEASURES; i++)
        if (is_called(&measure_columns[i], name)) {
            *out = (pb_measure)i;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_ARGUMENT,
                   "there is no measure \"%s\"; they are called as the columns: img_auroc, img_aupr, ...", name);
}

typedef struct file_reader {
    pb_study_entries *entries;
    int64_t file;
    pb_results_table table;
    int64_t key[N_KEYS], measure[PB_N_MEASURES]; /* columns; -1: none */
    bool setup_known;                            /* no row tells it: */
    pb_setup setup;
} file_reader;

/* ---- Columns ------------------------------------------------------------------------------------------------------ */

static pb_status find_column(const file_reader *reader, const column *wanted, int64_t *out)
{
    const pb_csv_table *csv = &reader->table.csv;
    *out = -1;
    for (int64_t i = 0; i < csv->n_columns; i++) {
        if (!is_called(wanted, csv->name[i]))
            continue;
        if (*out >= 0)
            return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line 1: the columns \"%s\" and \"%s\" say the same",
                           reader->table.path, csv->name[*out], csv->name[i]);
        *out = i;
    }
    return PB_STATUS_OK;
}

static pb_status fail_columns(const file_reader *reader, bool has_measure)
{
    const pb_csv_table *csv = &reader->table.csv;
    char missing[256] = "";
    if (csv->n_columns == 1 && strpbrk(csv->name[0], ",\t"))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line 1: fields must be separated by \";\", this file has %s",
                       reader->table.path, strchr(csv->name[0], ',') ? "\",\"" : "tabs");
    for (int i = 0; i < N_REQUIRED; i++)
        if (reader->key[i] < 0)
            snprintf(missing + strlen(missing), sizeof missing - strlen(missing), "%s%s", *missing ? ", " : "",
                     key_columns[i].name[0]);
    if (!has_measure)
        snprintf(missing + strlen(missing), sizeof missing - strlen(missing), "%simg_auroc", *missing ? ", " : "");
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line 1: not a file of results: there is no column %s", reader->table.path,
                   missing);
}

static pb_status find_columns(file_reader *reader)
{
    bool has_keys = true, has_measure = false;
    for (int i = 0; i < N_KEYS; i++) {
        PB_TRY(find_column(reader, &key_columns[i], &reader->key[i]));
        has_keys = has_keys && (i >= N_REQUIRED || reader->key[i] >= 0);
    }
    for (int i = 0; i < PB_N_MEASURES; i++) {
        PB_TRY(find_column(reader, &measure_columns[i], &reader->measure[i]));
        has_measure = has_measure || reader->measure[i] >= 0;
    }
    return has_keys && has_measure ? PB_STATUS_OK : fail_columns(reader, has_measure);
}

/* A row without its line end may be torn, which shows in the number of fields unless the last of them was reached. The columns
 * that end published files are times; one that counts must be whole. */
static pb_status check_end(const file_reader *reader)
{
    const pb_csv_table *csv = &reader->table.csv;
    const int64_t last = csv->n_columns - 1;
    bool counts = false;
    for (int i = 0; i < N_KEYS; i++)
        counts = counts || reader->key[i] == last;
    for (int i = 0; i < PB_N_MEASURES; i++)
        counts = counts || reader->measure[i] == last;
    if (csv->n_rows == 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line 1: names of columns, but no row follows", reader->table.path);
    if (csv->is_open && counts)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s, line %" PRId64 ": the last row has no line end: \"%s\" of column %s may not be whole",
                       reader->table.path, csv->line[csv->n_rows - 1], csv->field[csv->n_rows * csv->n_columns - 1],
                       csv->name[last]);
    return PB_STATUS_OK;
}

/* ---- The setup ---------------------------------------------------------------------------------------------------- */

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* As the studies published the file; false for a name that they have not, or whose rows tell. */
static bool find_published(const char *path, pb_setup *out)
{
    int64_t n;
    const pb_experiment_run *runs = pb_experiment_runs(&n);
    for (int64_t i = 0; i < n; i++)
        if (!runs[i].audits && !runs[i].assurance && strcmp(file_name(runs[i].file), file_name(path)) == 0) {
            *out = runs[i].published;
            return true;
        }
    return false;
}

/* Features of different backbones must not be averaged; a file with detectors names them in its rows. */
static pb_status check_origin(const file_reader *reader, const pb_origin *origin)
{
    pb_study_entries *entries = reader->entries;
    if (reader->key[DETECTOR] >= 0)
        return PB_STATUS_OK;
    if (!entries->has_origin) {
        entries->has_origin = true;
        entries->origin = *origin;
        entries->origin_file = reader->file;
        return PB_STATUS_OK;
    }
    if (pb_origin_match(&entries->origin, entries->paths[entries->origin_file], origin, reader->table.path) !=
        PB_STATUS_OK)
        return pb_fail(PB_STATUS_MISMATCH, "%s; analyse them one by one", pb_error_message());
    return PB_STATUS_OK;
}

static pb_status find_setup(file_reader *reader)
{
    pb_study_entries *entries = reader->entries;
    pb_results_about about = {0};
    bool found;
    PB_TRY(pb_results_about_find(reader->table.path, &about, &found));
    if (found && about.n > 0)
        PB_TRY(check_origin(reader, &about.features[0].origin));
    if (reader->key[SETUP] >= 0)
        return PB_STATUS_OK;
    reader->setup_known = true;
    if (found && !about.in_rows)
        reader->setup = about.setup;
    else if (!find_published(reader->table.path, &reader->setup)) {
        reader->setup = entries->setups == PB_STUDY_DISJOINT_ONLY ? PB_SETUP_DISJOINT : PB_SETUP_SHARED;
        if (entries->assumed_file < 0 && entries->setups != PB_STUDY_DISJOINT_ONLY &&
            entries->setups != PB_STUDY_SHARED_ONLY)
            entries->assumed_file = reader->file;
    }
    return PB_STATUS_OK;
}

/* ---- Rows --------------------------------------------------------------------------------------------------------- */

/* "" for a column that is not there. */
static const char *field(const file_reader *reader, int64_t row, int64_t at)
{
    return at < 0 ? "" : reader->table.csv.field[row * reader->table.csv.n_columns + at];
}

static pb_status fail_field(const file_reader *reader, int64_t row, int64_t at, pb_status status, const char *what)
{
    return pb_fail(status, "%s, line %" PRId64 ": %s is \"%s\", %s", reader->table.path, reader->table.csv.line[row],
                   reader->table.csv.name[at], field(reader, row, at), what);
}

static pb_status read_number(const file_reader *reader, int64_t row, int64_t at, const column *about, double *out)
{
    char range[64];
    if (!pb_value_number(field(reader, row, at), out))
        return fail_field(reader, row, at, PB_STATUS_BAD_FORMAT, "not a number");
    if (!isfinite(*out))
        return fail_field(reader, row, at, PB_STATUS_BAD_VALUE, "not a finite number; what is not known is left empty");
    snprintf(range, sizeof range, "not a number from %g to %g", about->low, about->high);
    return *out >= about->low && *out <= about->high ? PB_STATUS_OK
                                                     : fail_field(reader, row, at, PB_STATUS_BAD_VALUE, range);
}

/* A whole number of the key; `missing` where the file has no such column. */
static pb_status read_whole(const file_reader *reader, int64_t row, int key, int64_t missing, int64_t *out)
{
    double value = (double)missing;
    if (reader->key[key] >= 0)
        PB_TRY(read_number(reader, row, reader->key[key], &key_columns[key], &value));
    if (value != floor(value))
        return fail_field(reader, row, reader->key[key], PB_STATUS_BAD_VALUE, "not a whole number");
    *out = (int64_t)value;
    return PB_STATUS_OK;
}

/* What was computed, as 3 * 0.1, or went through float32 differs from what was meant far behind the point; nobody means a
 * millionth of 20 references. Also makes -0 a plain 0. */
static pb_status read_contamination(const file_reader *reader, int64_t row, double *out)
{
    PB_TRY(read_number(reader, row, reader->key[CONTAMINATION], &key_columns[CONTAMINATION], out));
    *out = fabs(round(*out * 1e6)) / 1e6;
    return PB_STATUS_OK;
}

static pb_status read_setup(const file_reader *reader, int64_t row, pb_setup *out)
{
    if (reader->setup_known) {
        *out = reader->setup;
        return PB_STATUS_OK;
    }
    const char *text = field(reader, row, reader->key[SETUP]);
    if (strcmp(text, "A") == 0 || strcmp(text, "B") == 0) { /* as the studies also call them */
        *out = *text == 'A' ? PB_SETUP_SHARED : PB_SETUP_DISJOINT;
        return PB_STATUS_OK;
    }
    return pb_setup_parse(text, out) == PB_STATUS_OK
               ? PB_STATUS_OK
               : fail_field(reader, row, reader->key[SETUP], PB_STATUS_BAD_FORMAT, "neither shared nor disjoint");
}

/* Methods without a multiplier have anything in that column: nothing, 0, nan or what the loop around them had. */
static pb_status read_audit_k(const file_reader *reader, int64_t row, const char *rule, double *out)
{
    const char *text = field(reader, row, reader->key[PARAM_K]);
    const size_t length = strlen(rule);
    double number;
    *out = 0;
    if (!*text || length < 4 || strcmp(rule + length - 4, "_mad") != 0 ||
        (pb_value_number(text, &number) && isnan(number)))
        return PB_STATUS_OK;
    return read_number(reader, row, reader->key[PARAM_K], &key_columns[PARAM_K], out);
}

static pb_status read_texts(const file_reader *reader, int64_t row, pb_study_row *out)
{
    pb_text_set *texts = &reader->entries->texts;
    char label[512];
    for (int i = DATASET; i <= METHOD; i++)
        if (!*field(reader, row, reader->key[i]))
            return fail_field(reader, row, reader->key[i], PB_STATUS_BAD_FORMAT, "a name is needed");
    PB_TRY(pb_text_set_add(texts, field(reader, row, reader->key[DATASET]), &out->dataset));
    PB_TRY(pb_text_set_add(texts, field(reader, row, reader->key[METHOD]), &out->rule));
    PB_TRY(pb_text_set_add(texts, field(reader, row, reader->key[DETECTOR]), &out->detector));
    PB_TRY(pb_text_set_add(texts, field(reader, row, reader->key[AUDITOR]), &out->auditor));
    PB_TRY(read_audit_k(reader, row, out->rule, &out->audit_k));
    out->method = out->rule;
    if (out->audit_k <= 0)
        return PB_STATUS_OK;
    if (strlen(out->rule) > sizeof label - 64)
        return fail_field(reader, row, reader->key[METHOD], PB_STATUS_BAD_FORMAT, "too long a name");
    /* Published values have one decimal: "k1.0". */
    snprintf(label, sizeof label, out->audit_k * 10 == round(out->audit_k * 10) ? "%s k%.1f" : "%s k%.9g", out->rule,
             out->audit_k);
    return pb_text_set_add(texts, label, &out->method);
}

static pb_status read_row(const file_reader *reader, int64_t row, pb_study_row *out)
{
    PB_TRY(read_texts(reader, row, out));
    PB_TRY(read_setup(reader, row, &out->setup));
    PB_TRY(read_contamination(reader, row, &out->contamination));
    PB_TRY(read_whole(reader, row, LIMIT, 0, &out->limit));
    PB_TRY(read_whole(reader, row, SEED, 0, &out->seed));
    PB_TRY(read_whole(reader, row, K, 5, &out->k));
    out->percentile = 95;
    if (reader->key[PERCENTILE] >= 0)
        PB_TRY(read_number(reader, row, reader->key[PERCENTILE], &key_columns[PERCENTILE], &out->percentile));
    for (int i = 0; i < PB_N_MEASURES; i++) {
        out->value[i] = (double)NAN;
        if (*field(reader, row, reader->measure[i]))
            PB_TRY(read_number(reader, row, reader->measure[i], &measure_columns[i], &out->value[i]));
    }
    return PB_STATUS_OK;
}

static bool is_wanted(pb_study_setups setups, pb_setup setup)
{
    return setup == PB_SETUP_DISJOINT ? setups != PB_STUDY_SHARED_ONLY : setups != PB_STUDY_DISJOINT_ONLY;
}

static pb_status read_rows(const file_reader *reader)
{
    pb_study_entries *entries = reader->entries;
    const int64_t capacity = entries->n + reader->table.csv.n_rows;
    pb_study_entry *larger = pb_realloc(entries->entry, (size_t)capacity, sizeof *larger);
    if (!larger)
        return PB_STATUS_NO_MEMORY;
    entries->entry = larger;
    for (int64_t r = 0; r < reader->table.csv.n_rows; r++) {
        pb_study_entry entry = {.file = reader->file, .line = reader->table.csv.line[r]};
        PB_TRY(read_row(reader, r, &entry.row));
        if (is_wanted(entries->setups, entry.row.setup))
            entries->entry[entries->n++] = entry;
    }
    return PB_STATUS_OK;
}

static pb_status read_all(file_reader *reader)
{
    PB_TRY(find_columns(reader));
    PB_TRY(check_end(reader));
    PB_TRY(find_setup(reader));
    return read_rows(reader);
}

pb_status pb_study_read_file(pb_study_entries *entries, int64_t file)
{
    file_reader reader = {.entries = entries, .file = file};
    PB_TRY(pb_results_table_read(entries->paths[file], &reader.table));
    const pb_status status = read_all(&reader);
    pb_results_table_free(&reader.table);
    return status;
}

void pb_study_entries_free(pb_study_entries *entries)
{
    pb_free(entries->entry);
    pb_text_set_free(&entries->texts);
    *entries = (pb_study_entries){0};
}
