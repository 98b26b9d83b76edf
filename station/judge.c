#include "station/judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/path.h"
#include "station/clock.h"

static pb_status see(void *context, int64_t i, const pb_image *image)
{
    station_look *look = context;
    (void)i;
    look->width = image->width;
    look->height = image->height;
    look->decoded_ns = station_steady_ns();
    return pb_photo_measure(image, &look->photo);
}

/* @param augment NULL: the photo as it is */
static pb_status look(const station_bank *bank, const pb_augment *augment, const char *path, station_look *out)
{
    pb_backbone *backbone;
    *out = (station_look){0};
    PB_TRY(station_backbone_take(bank, &backbone));
    const pb_status status = pb_backbone_extract_augmented(backbone, augment, &path, 1, NULL, see, out, &out->features);
    station_backbone_give(bank, backbone);
    return status;
}

pb_status station_look_at(const station_bank *bank, const char *path, station_look *out)
{
    return look(bank, NULL, path, out);
}

pb_status station_look_at_reference(const station_bank *bank, const char *path, station_look *out)
{
    return look(bank, pb_bank_augment(bank->bank), path, out);
}

/* On the scale of colours, in as many steps as colours have. @param scores outside of a region changed to those beside it */
static pb_status make_map(const pb_bank *bank, double *scores, const station_look *look, station_map *map)
{
    const pb_origin *origin = pb_bank_origin(bank);
    const pb_roi *roi = pb_bank_roi(bank);
    const int64_t n = (int64_t)origin->grid_height * origin->grid_width;
    double low, high;
    pb_bank_patch_scale(bank, &low, &high);
    if (roi)
        pb_roi_extend(roi, scores, scores);
    *map = (station_map){.rows = origin->grid_height,
                         .columns = origin->grid_width,
                         .view = pb_origin_view(origin, look->width, look->height),
                         .has_region = roi != NULL};
    PB_TRY(PB_NEW(map->level, roi ? 2 * n : n));
    if (roi)
        memcpy(map->level + n, pb_roi_inside(roi), (size_t)n);
    for (int64_t i = 0; i < n; i++)
        map->level[i] = (uint8_t)lround(255 * fmin(fmax((scores[i] - low) / (high - low), 0), 1));
    return PB_STATUS_OK;
}

const pb_bank_reference *station_find_reference(const pb_bank *bank, const char *sha256)
{
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++) {
        const pb_bank_reference *reference = pb_bank_reference_at(bank, i);
        if (reference->sha256[0] && strcmp(reference->sha256, sha256) == 0 && reference->decision == PB_DECISION_KEEP)
            return reference;
    }
    return NULL;
}

static void give_reasons(const pb_bank *bank, const pb_guard_verdict *guarded, station_part *part)
{
    int n = 0;
    const double over = part->threshold > 0 ? 100 * (part->score / part->threshold - 1) : 0;
    if (part->verdict == PB_VERDICT_UNUSABLE)
        snprintf(part->reason[n++], STATION_REASON_BYTES, "%s", guarded->reason);
    if (part->verdict == PB_VERDICT_FAIL)
        snprintf(part->reason[n++], STATION_REASON_BYTES, "the score %.4g is %.3g %% above the threshold %.4g",
                 part->score, over, part->threshold);
    const pb_bank_reference *reference = station_find_reference(bank, part->sha256);
    if (reference)
        snprintf(part->reason[n++], STATION_REASON_BYTES,
                 "this photo is itself the reference %.100s: its score says nothing", pb_base_name(reference->path));
}

static pb_status score(const pb_bank *bank, station_look *look, station_part *part, station_map *map)
{
    const int64_t n = pb_features_n_patches(look->features);
    double *scores;
    pb_guard_verdict guarded;
    PB_TRY(PB_NEW(scores, n));
    pb_status status = pb_bank_score(bank, look->features, scores, &part->score);
    if (status == PB_STATUS_OK)
        status = pb_bank_judge_photos(bank, &look->photo, scores, 1, &guarded);
    if (status == PB_STATUS_OK) {
        part->verdict = pb_bank_verdict(bank, part->score, &guarded);
        part->threshold = pb_bank_threshold(bank)->value;
        part->width = look->width;
        part->height = look->height;
        give_reasons(bank, &guarded, part);
        status = make_map(bank, scores, look, map);
    }
    pb_free(scores);
    return status;
}

pb_status station_judge(const station_bank *bank, const char *path, station_part *part, station_map *map)
{
    station_look look;
    const int64_t start = station_steady_ns();
    *map = (station_map){0};
    PB_TRY(station_look_at(bank, path, &look));
    const int64_t seen = station_steady_ns();
    const pb_status status = score(bank->bank, &look, part, map);
    pb_features_free(look.features);
    part->bank = bank->version;
    part->ms[STATION_DECODE] = (double)(look.decoded_ns - start) / 1e6;
    part->ms[STATION_FEATURES] = (double)(seen - look.decoded_ns) / 1e6;
    part->ms[STATION_SCORE] = (double)(station_steady_ns() - seen) / 1e6;
    return status;
}

bool station_is_of_the_photo(pb_status status)
{
    return status == PB_STATUS_BAD_FORMAT || status == PB_STATUS_UNSUPPORTED || status == PB_STATUS_LIMIT;
}
