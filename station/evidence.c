/* Reviewed parts as evidence for a threshold. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/file.h"
#include "station/judge.h"
#include "station/mend.h"
#include "station/photos.h"
#include "station/response.h"

enum { MOST_REVIEWED = 1000, MOST_STEPS = 10000 };

/* ---- the same descriptors ----------------------------------------------------------------------------------------- */

/* The version that brought its descriptors: calibrating leaves them as they are. */
static pb_status root_of(station_db *db, const char *product, int64_t version, int64_t *out)
{
    *out = version;
    for (int step = 0; step < MOST_STEPS; step++) {
        station_version told;
        bool found;
        PB_TRY(station_db_version(db, product, *out, &told, &found));
        if (!found)
            return PB_STATUS_OK;
        const bool calibrated = strcmp(told.action, station_action_name(STATION_CALIBRATE)) == 0 && told.parent > 0;
        const int64_t parent = told.parent;
        station_version_free(&told);
        if (!calibrated)
            return PB_STATUS_OK;
        *out = parent;
    }
    return PB_STATUS_OK;
}

pb_status station_same_rows(station_db *db, const char *product, int64_t a, int64_t b, bool *out)
{
    int64_t root_a, root_b;
    *out = a == b;
    if (*out)
        return PB_STATUS_OK;
    PB_TRY(root_of(db, product, a, &root_a));
    PB_TRY(root_of(db, product, b, &root_b));
    *out = root_a == root_b;
    return PB_STATUS_OK;
}

/* ---- scoring ------------------------------------------------------------------------------------------------------ */

static pb_status judge(const pb_bank *bank, const station_look *look, double *scores, station_second *out)
{
    pb_photo photo = look->photo; /* gets the scores by this bank */
    PB_TRY(pb_bank_score(bank, look->features, scores, &out->score));
    PB_TRY(pb_bank_judge_photos(bank, &photo, scores, 1, &out->photo));
    out->verdict = pb_bank_verdict(bank, out->score, &out->photo);
    return PB_STATUS_OK;
}

pb_status station_judge_again(const pb_bank *bank, const station_look *look, station_second *out)
{
    double *scores;
    PB_TRY(PB_NEW(scores, pb_features_n_patches(look->features)));
    const pb_status status = judge(bank, look, scores, out);
    pb_free(scores);
    return status;
}

/* ---- gathering ---------------------------------------------------------------------------------------------------- */

typedef struct gathering {
    const station_bench *bench;
    const pb_bank *bank; /* that scores */
    bool same_rows;      /* as the base has: its scores are those of `bank` */
    pb_known_part *parts;
    int64_t n, capacity, n_good, n_gone, n_refused;
    char refused[512]; /* why, of the first one */
    int64_t version;   /* whose descriptors were compared last, and what came of it */
    bool version_same;
} gathering;

/* A photo that is gone or has changed is no evidence any more, and one that shows no part is none of good ones. */
static pb_status score_file(gathering *to, pb_known_part *part, bool *counts)
{
    char digest[65];
    station_look look;
    station_second second = {0};
    *counts = false;
    if (pb_sha256_file(part->path, digest) != PB_STATUS_OK || (*part->sha256 && strcmp(digest, part->sha256) != 0) ||
        station_look_at(to->bench->base, part->path, &look) != PB_STATUS_OK) {
        to->n_gone++;
        return PB_STATUS_OK;
    }
    const pb_status status = station_judge_again(to->bank, &look, &second);
    pb_features_free(look.features);
    PB_TRY(status);
    part->score = second.score;
    *counts = pb_known_part_take_photo(part, &second.photo) == PB_STATUS_OK;
    if (!*counts && to->n_refused++ == 0) {
        snprintf(to->refused, sizeof to->refused, "%s", pb_error_message());
        station_hide_folder(to->bench->station->folder, to->refused);
    }
    return PB_STATUS_OK;
}

static pb_status add(gathering *to, const pb_known_part *part)
{
    if (to->n == to->capacity || station_find_reference(to->bank, part->sha256))
        return PB_STATUS_OK;
    pb_known_part *added = &to->parts[to->n];
    *added = *part;
    added->path = NULL;
    PB_TRY(PB_NEW_STRING(added->path, part->path));
    to->n++;
    to->n_good += !part->defect;
    return PB_STATUS_OK;
}

/* Is what the station knows of it enough? An unusable photo may be odd, or show no part: only the photo says which. */
static bool is_scored(const gathering *to, const station_part *part)
{
    const bool may_be_none = part->verdict == PB_VERDICT_UNUSABLE && part->label != STATION_LABEL_DEFECT;
    return to->same_rows && to->version_same && !isnan(part->score) && !may_be_none;
}

static pb_status add_reviewed(gathering *to, const station_part *part)
{
    const station_bench *bench = to->bench;
    char path[STATION_PATH_BYTES];
    pb_known_part known = {.path = path,
                           .score = part->score,
                           .defect = part->label == STATION_LABEL_DEFECT,
                           .unusable = part->verdict == PB_VERDICT_UNUSABLE};
    bool counts = true;
    if (to->same_rows && part->bank != to->version) {
        PB_TRY(station_same_rows(bench->db, part->product, part->bank, bench->base->version, &to->version_same));
        to->version = part->bank;
    }
    PB_TRY(station_photos_path(bench->station->photos, part->file, path));
    snprintf(known.sha256, sizeof known.sha256, "%s", part->sha256);
    if (!is_scored(to, part))
        PB_TRY(score_file(to, &known, &counts));
    return counts ? add(to, &known) : PB_STATUS_OK;
}

/* Copied first: a list that is being read holds the database. */
typedef struct copies {
    station_part *part;
    int64_t n;
} copies;

static pb_status copy(void *context, const station_part *part)
{
    copies *to = context;
    to->part[to->n++] = *part;
    return PB_STATUS_OK;
}

static pb_status gather_label(gathering *to, station_reviewed label, copies *parts)
{
    station_filter filter = {.reviewed = label};
    snprintf(filter.product, sizeof filter.product, "%s", to->bench->base->product);
    parts->n = 0;
    PB_TRY(station_db_list(to->bench->db, &filter, MOST_REVIEWED, copy, parts));
    for (int64_t i = 0; i < parts->n; i++)
        PB_TRY(add_reviewed(to, &parts->part[i]));
    return PB_STATUS_OK;
}

static pb_status gather_reviewed(gathering *to)
{
    copies parts = {0};
    PB_TRY(PB_NEW(parts.part, MOST_REVIEWED));
    pb_status status = gather_label(to, STATION_REVIEWED_GOOD, &parts);
    if (status == PB_STATUS_OK)
        status = gather_label(to, STATION_REVIEWED_DEFECT, &parts);
    pb_free(parts.part);
    return status;
}

static bool is_below(const char *path, const char *folder)
{
    const size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* What the bank before knew; parts of the station only where they are not gathered from the reviews. */
static pb_status gather_known(gathering *to, bool reviews)
{
    const pb_bank *base = to->bench->base->bank;
    for (int64_t i = 0; i < pb_bank_n_known(base); i++) {
        pb_known_part part = *pb_bank_known_at(base, i);
        bool counts = true;
        if (reviews && is_below(part.path, to->bench->station->photos))
            continue;
        if (!to->same_rows)
            PB_TRY(score_file(to, &part, &counts));
        if (counts)
            PB_TRY(add(to, &part));
    }
    return PB_STATUS_OK;
}

static pb_status tell(const gathering *from, station_mended *mended)
{
    pb_trade_off now;
    if (from->n_gone > 0)
        PB_TRY(station_mended_add(
            mended, "%" PRId64 " reviewed parts do not count: their photos are gone or cannot be read.", from->n_gone));
    if (from->n_refused > 0)
        PB_TRY(station_mended_add(mended, "%" PRId64 " parts called good do not count: their photos show no part (%s).",
                                  from->n_refused, from->refused));
    PB_TRY(pb_bank_trade_off_at(mended->bank, pb_bank_threshold(mended->bank)->value, 0.9, &now));
    if (from->n_good > 0)
        PB_TRY(station_mended_add(mended, "%" PRId64 " of %" PRId64 " verified good parts are above the threshold.",
                                  now.good_above, from->n_good));
    if (from->n > from->n_good)
        PB_TRY(station_mended_add(mended, "%" PRId64 " of %" PRId64 " known defects are caught.", now.caught,
                                  from->n - from->n_good));
    return PB_STATUS_OK;
}

static pb_status apply(gathering *to, station_mended *mended, bool reviews, double rate)
{
    int64_t taken;
    PB_TRY(gather_known(to, reviews));
    if (reviews)
        PB_TRY(gather_reviewed(to));
    PB_TRY(pb_bank_take_back(mended->bank, NULL, NULL, &taken));
    PB_TRY(pb_bank_calibrate(mended->bank, to->parts, to->n, rate));
    return tell(to, mended);
}

pb_status station_evidence_apply(const station_bench *bench, station_mended *mended, bool reviews, bool same_rows,
                                 double rate)
{
    const pb_bank *base = bench->base->bank;
    gathering to = {.bench = bench, .bank = mended->bank, .same_rows = same_rows, .version = -1};
    to.capacity = pb_bank_n_known(base) + (reviews ? 2 * MOST_REVIEWED : 0);
    PB_TRY(PB_NEW(to.parts, to.capacity + 1));
    const pb_status status = apply(&to, mended, reviews, rate == 0 ? pb_bank_threshold(base)->false_alarm_rate : rate);
    for (int64_t i = 0; i < to.n; i++)
        pb_free(to.parts[i].path);
    pb_free(to.parts);
    return status;
}
