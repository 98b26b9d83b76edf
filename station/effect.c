/* Which of the last parts a change would judge otherwise. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "station/clock.h"
#include "station/judge.h"
#include "station/mend.h"
#include "station/photos.h"

enum { MOST_PARTS = 1000 };
static const int64_t MOST_NS = (int64_t)20 * 1000000000; /* somebody waits for it */

typedef struct finding {
    const station_bench *bench;
    const station_mended *mended;
    bool same_rows; /* only the threshold changes */
    int64_t until_ns;
    int64_t version; /* whose descriptors were compared last */
    bool version_same;
    station_effect *effect;
} finding;

static pb_status look_again(const finding *of, const station_part *part, bool judged_by_base, station_changed *out,
                            bool *gone)
{
    char path[STATION_PATH_BYTES];
    station_look look;
    PB_TRY(station_photos_path(of->bench->station->photos, part->file, path));
    *gone = station_look_at(of->bench->base, path, &look) != PB_STATUS_OK;
    if (*gone)
        return PB_STATUS_OK;
    pb_status status = PB_STATUS_OK;
    if (!judged_by_base)
        status = station_judge_again(of->bench->base->bank, &look, &out->before);
    if (status == PB_STATUS_OK)
        status = station_judge_again(of->mended->bank, &look, &out->after);
    pb_features_free(look.features);
    return status;
}

/* Where only the threshold moves, a score that stays on its side of it keeps its verdict. */
static bool is_untouched(const finding *of, const station_part *part)
{
    return of->same_rows && !isnan(part->score) &&
           pb_bank_verdict(of->bench->base->bank, part->score, NULL) ==
               pb_bank_verdict(of->mended->bank, part->score, NULL);
}

static pb_status compare(finding *of, const station_part *part, station_changed *out, bool *gone)
{
    const int64_t base = of->bench->base->version;
    if (part->bank != of->version) {
        PB_TRY(station_same_rows(of->bench->db, part->product, part->bank, base, &of->version_same));
        of->version = part->bank;
    }
    *gone = false;
    *out = (station_changed){.part = *part,
                             .before = {.score = part->score, .verdict = part->verdict},
                             .after = {.score = part->score, .verdict = part->verdict}};
    if (part->bank == base && is_untouched(of, part))
        return PB_STATUS_OK;
    if (of->version_same && is_untouched(of, part) &&
        part->threshold == pb_bank_threshold(of->bench->base->bank)->value)
        return PB_STATUS_OK;
    return look_again(of, part, part->bank == base, out, gone);
}

static pb_status visit(void *context, const station_part *part)
{
    finding *of = context;
    station_effect *effect = of->effect;
    station_changed changed;
    bool gone;
    if (station_find_reference(of->bench->base->bank, part->sha256) ||
        station_find_reference(of->mended->bank, part->sha256))
        return PB_STATUS_OK;
    if (station_steady_ns() > of->until_ns) {
        effect->late++;
        return PB_STATUS_OK;
    }
    PB_TRY(compare(of, part, &changed, &gone));
    if (gone)
        return PB_STATUS_OK;
    effect->checked++;
    if (changed.before.verdict == changed.after.verdict)
        return PB_STATUS_OK;
    effect->to_ok += changed.after.verdict == PB_VERDICT_PASS;
    effect->to_ng += changed.after.verdict == PB_VERDICT_FAIL;
    effect->to_unusable += changed.after.verdict == PB_VERDICT_UNUSABLE;
    if (effect->n < STATION_MAX_CHANGED)
        effect->changed[effect->n++] = changed;
    return PB_STATUS_OK;
}

/* Parts as they were before a long search: a list that is being read holds the database. */
typedef struct batch {
    station_part *part;
    int64_t n;
} batch;

static pb_status copy(void *context, const station_part *part)
{
    batch *to = context;
    to->part[to->n++] = *part;
    return PB_STATUS_OK;
}

static pb_status find_all(finding *of, batch *parts)
{
    station_filter filter = {0};
    snprintf(filter.product, sizeof filter.product, "%s", of->bench->base->product);
    PB_TRY(station_db_list(of->bench->db, &filter, MOST_PARTS, copy, parts));
    for (int64_t i = 0; i < parts->n; i++)
        PB_TRY(visit(of, &parts->part[i]));
    return PB_STATUS_OK;
}

pb_status station_effect_find(const station_bench *bench, const station_change *change, const station_mended *mended,
                              station_effect *out)
{
    finding of = {.bench = bench,
                  .mended = mended,
                  .same_rows = change->action == STATION_CALIBRATE,
                  .until_ns = station_steady_ns() + MOST_NS,
                  .version = -1,
                  .effect = out};
    batch parts = {0};
    *out = (station_effect){0};
    if (change->has_part) {
        bool gone;
        PB_TRY(compare(&of, &change->part, &out->part, &gone));
        out->has_part = !gone;
        /* As a reference it is closer to the bank than any part can be, which the guard would hold against it. */
        if (station_find_reference(mended->bank, change->part.sha256))
            out->part.after.verdict = pb_bank_verdict(mended->bank, out->part.after.score, NULL);
    }
    PB_TRY(PB_NEW(parts.part, MOST_PARTS));
    const pb_status status = find_all(&of, &parts);
    pb_free(parts.part);
    return status;
}
