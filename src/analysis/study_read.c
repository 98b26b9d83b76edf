/* One result file becomes rows: columns by name, every value checked, with the line in each message. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/study.h"
#include "base/memory.h"
#include "base/words.h"
#include "results/about.h"
#include "results/file.h"
#include "results/published.h"
#include "results/values.h"

static const pb_column measure_columns[PB_N_MEASURES] = {
#define PB_STUDY_MEASURE(id, column) [PB_MEASURE_##id] = PB_COLUMN_##column,
#include <purebank/study_measures.def>
#undef PB_STUDY_MEASURE
};

const char *pb_measure_name(pb_measure measure)
{
    return (unsigned)measure < PB_N_MEASURES ? pb_column_get(measure_columns[measure])->name[0] : "unknown";
}

pb_status pb_measure_parse(const char *name, pb_measure *out)
{
    for (int i = 0; i < PB_N_MEASURES; i++)
        if (pb_column_is_called(measure_columns[i], name)) {
            *out = (pb_measure)i;
            return PB_STATUS_OK;
        }
    return pb_fail(PB_STATUS_BAD_ARGUMENT,
                   "there is no measure \"%s\"; they are called as the columns: img_auroc, img_aupr, ...", name);
}

typedef struct file_reader {
    pb_study_entries *entries;
    int64_t number; /* of the file, in the paths */
    pb_results_file file;
    bool setup_known; /* no row tells it: */
    pb_setup setup;
} file_reader;

/* ---- Columns ------------------------------------------------------------------------------------------------------ */

/* Without these a file is not about results. */
static const pb_column required[] = {PB_COLUMN_DATASET, PB_COLUMN_METHOD, PB_COLUMN_CONTAMINATION, PB_COLUMN_LIMIT,
                                     PB_COLUMN_SEED};

enum { N_REQUIRED = sizeof required / sizeof *required };

static bool has(const file_reader *reader, pb_column column)
{
    return reader->file.at[column] >= 0;
}

/* A column that says what the row is about, or what was measured? */
static bool counts(pb_column column)
{
    bool measures = false;
    for (int i = 0; i < PB_N_MEASURES; i++)
        measures = measures || measure_columns[i] == column;
    return measures || (pb_column_is_key(column) && column != PB_COLUMN_CONFIG);
}

static pb_status fail_columns(const file_reader *reader, bool has_measure)
{
    const pb_csv_table *csv = &reader->file.csv;
    char missing[256] = "";
    if (csv->n_columns == 1 && strpbrk(csv->name[0], ",\t"))
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line 1: fields must be separated by \";\", this file has %s",
                       reader->file.path, strchr(csv->name[0], ',') ? "\",\"" : "tabs");
    for (int i = 0; i < N_REQUIRED; i++)
        if (!has(reader, required[i]))
            pb_words_list(missing, sizeof missing, pb_column_get(required[i])->name[0]);
    if (!has_measure)
        pb_words_list(missing, sizeof missing, pb_column_get(PB_COLUMN_AUROC)->name[0]);
    return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line 1: not a file of results: there is no column %s", reader->file.path,
                   missing);
}

static pb_status check_columns(const file_reader *reader)
{
    bool has_keys = true, has_measure = false;
    for (int i = 0; i < N_REQUIRED; i++)
        has_keys = has_keys && has(reader, required[i]);
    for (int i = 0; i < PB_N_MEASURES; i++)
        has_measure = has_measure || has(reader, measure_columns[i]);
    return has_keys && has_measure ? PB_STATUS_OK : fail_columns(reader, has_measure);
}

/* A row without its line end may be torn, which shows in the number of fields unless the last of them was reached. The columns
 * that end published files are times; one that counts must be whole. */
static pb_status check_end(const file_reader *reader)
{
    const pb_csv_table *csv = &reader->file.csv;
    const int64_t last = csv->n_columns - 1;
    pb_column column;
    if (csv->n_rows == 0)
        return pb_fail(PB_STATUS_BAD_FORMAT, "%s, line 1: names of columns, but no row follows", reader->file.path);
    if (csv->is_open && pb_column_find(csv->name[last], &column) && counts(column))
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "%s, line %" PRId64 ": the last row has no line end: \"%s\" of column %s may not be whole",
                       reader->file.path, csv->line[csv->n_rows - 1], csv->field[csv->n_rows * csv->n_columns - 1],
                       csv->name[last]);
    return PB_STATUS_OK;
}

/* ---- The setup ---------------------------------------------------------------------------------------------------- */

/* Features of different backbones must not be averaged; a file with detectors names them in its rows. */
static pb_status check_origin(const file_reader *reader, const pb_origin *origin)
{
    pb_study_entries *entries = reader->entries;
    if (has(reader, PB_COLUMN_DETECTOR))
        return PB_STATUS_OK;
    if (!entries->has_origin) {
        entries->has_origin = true;
        entries->origin = *origin;
        entries->origin_file = reader->number;
        return PB_STATUS_OK;
    }
    if (pb_origin_match(&entries->origin, entries->paths[entries->origin_file], origin, reader->file.path) !=
        PB_STATUS_OK)
        return pb_fail(PB_STATUS_MISMATCH, "%s; analyse them one by one", pb_error_message());
    return PB_STATUS_OK;
}

static pb_status find_setup(file_reader *reader)
{
    pb_study_entries *entries = reader->entries;
    pb_results_about about = {0};
    bool found;
    PB_TRY(pb_results_about_find(reader->file.path, &about, &found));
    if (found && about.n > 0)
        PB_TRY(check_origin(reader, &about.features[0].origin));
    if (has(reader, PB_COLUMN_SETUP))
        return PB_STATUS_OK;
    reader->setup_known = true;
    if (found && !about.in_rows)
        reader->setup = about.setup;
    else if (!pb_results_published(reader->file.path, &reader->setup)) {
        reader->setup = entries->setups == PB_STUDY_DISJOINT_ONLY ? PB_SETUP_DISJOINT : PB_SETUP_SHARED;
        if (entries->assumed_file < 0 && entries->setups != PB_STUDY_DISJOINT_ONLY &&
            entries->setups != PB_STUDY_SHARED_ONLY)
            entries->assumed_file = reader->number;
    }
    return PB_STATUS_OK;
}

/* ---- Rows --------------------------------------------------------------------------------------------------------- */

/* What was computed, as 3 * 0.1, or went through float32 differs from what was meant far behind the point; nobody means a
 * millionth of 20 references. Also makes -0 a plain 0. */
static pb_status read_contamination(const file_reader *reader, int64_t row, double *out)
{
    PB_TRY(pb_results_number(&reader->file, row, PB_COLUMN_CONTAMINATION, out));
    *out = fabs(round(*out * 1e6)) / 1e6;
    return PB_STATUS_OK;
}

static pb_status read_setup(const file_reader *reader, int64_t row, pb_setup *out)
{
    if (reader->setup_known) {
        *out = reader->setup;
        return PB_STATUS_OK;
    }
    const char *text = pb_results_text(&reader->file, row, PB_COLUMN_SETUP);
    if (strcmp(text, "A") == 0 || strcmp(text, "B") == 0) { /* as the studies also call them */
        *out = *text == 'A' ? PB_SETUP_SHARED : PB_SETUP_DISJOINT;
        return PB_STATUS_OK;
    }
    return pb_setup_parse(text, out) == PB_STATUS_OK
               ? PB_STATUS_OK
               : pb_results_fail(&reader->file, row, PB_COLUMN_SETUP, PB_STATUS_BAD_FORMAT,
                                 "neither shared nor disjoint");
}

/* Methods without a multiplier have anything in that column: nothing, 0, nan or what the loop around them had. */
static pb_status read_multiplier(const file_reader *reader, int64_t row, const char *rule, double *out)
{
    const char *text = pb_results_text(&reader->file, row, PB_COLUMN_PARAM_K);
    const pb_method *method = pb_method_of_results(rule);
    double number;
    *out = 0;
    if (!*text || !method || !(method->takes & PB_TAKES_MULTIPLIER) ||
        (pb_value_number(text, &number) && isnan(number)))
        return PB_STATUS_OK;
    return pb_results_number(&reader->file, row, PB_COLUMN_PARAM_K, out);
}

static pb_status check_name(const file_reader *reader, int64_t row, pb_column column)
{
    return *pb_results_text(&reader->file, row, column)
               ? PB_STATUS_OK
               : pb_results_fail(&reader->file, row, column, PB_STATUS_BAD_FORMAT, "a name is needed");
}

static pb_status read_texts(const file_reader *reader, int64_t row, pb_study_row *out)
{
    pb_text_set *texts = &reader->entries->texts;
    char label[512];
    PB_TRY(check_name(reader, row, PB_COLUMN_DATASET));
    PB_TRY(check_name(reader, row, PB_COLUMN_METHOD));
    PB_TRY(pb_text_set_add(texts, pb_results_text(&reader->file, row, PB_COLUMN_DATASET), &out->dataset));
    PB_TRY(pb_text_set_add(texts, pb_results_text(&reader->file, row, PB_COLUMN_METHOD), &out->rule));
    PB_TRY(pb_text_set_add(texts, pb_results_text(&reader->file, row, PB_COLUMN_DETECTOR), &out->detector));
    PB_TRY(pb_text_set_add(texts, pb_results_text(&reader->file, row, PB_COLUMN_AUDITOR), &out->auditor));
    PB_TRY(read_multiplier(reader, row, out->rule, &out->multiplier));
    out->method = out->rule;
    if (out->multiplier <= 0)
        return PB_STATUS_OK;
    if (strlen(out->rule) > sizeof label - 64)
        return pb_results_fail(&reader->file, row, PB_COLUMN_METHOD, PB_STATUS_BAD_FORMAT, "too long a name");
    PB_TRY(pb_study_name_method(out->rule, out->multiplier, label, sizeof label));
    return pb_text_set_add(texts, label, &out->method);
}

static pb_status read_row(const file_reader *reader, int64_t row, pb_study_row *out)
{
    PB_TRY(read_texts(reader, row, out));
    PB_TRY(read_setup(reader, row, &out->setup));
    PB_TRY(read_contamination(reader, row, &out->contamination));
    PB_TRY(pb_results_whole(&reader->file, row, PB_COLUMN_LIMIT, 0, &out->limit));
    PB_TRY(pb_results_whole(&reader->file, row, PB_COLUMN_SEED, 0, &out->seed));
    PB_TRY(pb_results_whole(&reader->file, row, PB_COLUMN_K, PB_DEFAULT_K, &out->k));
    out->percentile = PB_DEFAULT_PERCENTILE;
    if (has(reader, PB_COLUMN_PERCENTILE))
        PB_TRY(pb_results_number(&reader->file, row, PB_COLUMN_PERCENTILE, &out->percentile));
    for (int i = 0; i < PB_N_MEASURES; i++)
        PB_TRY(pb_results_known_number(&reader->file, row, measure_columns[i], &out->value[i]));
    return PB_STATUS_OK;
}

static bool is_wanted(pb_study_setups setups, pb_setup setup)
{
    return setup == PB_SETUP_DISJOINT ? setups != PB_STUDY_SHARED_ONLY : setups != PB_STUDY_DISJOINT_ONLY;
}

static pb_status read_rows(const file_reader *reader)
{
    pb_study_entries *entries = reader->entries;
    PB_TRY(PB_RESERVE(entries->entry, entries->n + reader->file.csv.n_rows, entries->capacity));
    for (int64_t r = 0; r < reader->file.csv.n_rows; r++) {
        pb_study_entry entry = {.file = reader->number, .line = reader->file.csv.line[r]};
        PB_TRY(read_row(reader, r, &entry.row));
        if (is_wanted(entries->setups, entry.row.setup))
            entries->entry[entries->n++] = entry;
    }
    return PB_STATUS_OK;
}

/* The pixel run's second file: it lies beside the others, has the cells of the first, and nothing that is analysed here. */
static bool is_of_regions(const file_reader *reader)
{
    return has(reader, PB_COLUMN_AUPRO_30) && !has(reader, PB_COLUMN_AUROC);
}

static pb_status read_all(file_reader *reader)
{
    PB_TRY(pb_results_file_columns(&reader->file));
    if (is_of_regions(reader))
        return PB_STATUS_OK;
    PB_TRY(check_columns(reader));
    PB_TRY(check_end(reader));
    PB_TRY(find_setup(reader));
    return read_rows(reader);
}

pb_status pb_study_read_file(pb_study_entries *entries, int64_t file)
{
    file_reader reader = {.entries = entries, .number = file};
    PB_TRY(pb_results_file_read(entries->paths[file], &reader.file));
    const pb_status status = read_all(&reader);
    pb_results_file_free(&reader.file);
    return status;
}

void pb_study_entries_free(pb_study_entries *entries)
{
    pb_free(entries->entry);
    pb_text_set_free(&entries->texts);
    *entries = (pb_study_entries){0};
}
