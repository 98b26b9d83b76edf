#include "pages/audit_evidence.h"

#include <string.h>

#include "audit/audit.h"
#include "base/memory.h"
#include "base/product.h"
#include "base/threads.h"
#include "io/features.h"
#include "references/references.h"

static int64_t worst_patch_of(const double *scores, int64_t n_patches)
{
    int64_t worst = 0;
    for (int64_t p = 1; p < n_patches; p++)
        if (scores[p] > scores[worst])
            worst = p;
    return worst;
}

static bool is_good(const pb_audit_report *content, int64_t image)
{
    const pb_audit_image *audited = &content->audit->images[image];
    return content->bank ? audited->decision == PB_DECISION_KEEP : !audited->flagged;
}

/* One byte a patch: does it belong to a good image? */
static pb_status mark_good(const pb_audit_report *content, int64_t n_patches, uint8_t **out, int64_t *out_n_images)
{
    PB_TRY(PB_NEW_PRODUCT(*out, content->audit->n_images, n_patches));
    *out_n_images = 0;
    for (int64_t i = 0; i < content->audit->n_images; i++) {
        memset(*out + i * n_patches, is_good(content, i), (size_t)n_patches);
        *out_n_images += is_good(content, i);
    }
    return PB_STATUS_OK;
}

static pb_status find_evidence(const pb_audit_views *views, const pb_neighbors *neighbors, const uint8_t *keep,
                               int64_t image, pb_evidence *out)
{
    const pb_features *features = views->features;
    const double *scores = views->scores + image * features->n_patches;
    out->worst_patch = worst_patch_of(scores, pb_features_n_own(features));
    out->worst_score = scores[out->worst_patch];
    PB_TRY(pb_neighbors_nearest(neighbors, image, out->worst_patch, keep, &out->nearest_image, &out->nearest_patch));
    const float *worst = features->data + (image * features->n_patches + out->worst_patch) * features->dim;
    const float *nearest =
        features->data + (out->nearest_image * features->n_patches + out->nearest_patch) * features->dim;
    out->nearest_distance = pb_index_distance(worst, nearest, features->dim, PB_METRIC_EUCLIDEAN);
    out->worst_patch = pb_features_place(features, out->worst_patch); /* from here on of the whole grid */
    out->nearest_variant = out->nearest_patch / pb_features_n_own(features);
    out->nearest_patch = pb_features_place(features, out->nearest_patch);
    out->found = true;
    return PB_STATUS_OK;
}

static pb_status find_evidences(pb_audit_views *views)
{
    const pb_audit_report *content = views->content;
    const pb_neighbors *neighbors;
    uint8_t *keep = NULL;
    int64_t n_good = 0;
    pb_status status;
    PB_TRY(pb_references_neighbors(content->references, &neighbors));
    PB_TRY_GOTO(mark_good(content, views->features->n_patches, &keep, &n_good));
    for (int64_t i = 0; i < views->n_images; i++)
        if (n_good > is_good(content, i))
            PB_TRY_GOTO(find_evidence(views, neighbors, keep, i, &views->evidences[i]));
done:
    pb_free(keep);
    return status;
}

/* Photo and heatmap, over the whole grid. */
static pb_status make_image_view(pb_audit_views *views, int64_t i)
{
    const pb_features *features = views->features;
    const double *scores = views->scores + i * features->n_patches;
    double *map = NULL;
    if (features->roi) {
        PB_TRY(PB_NEW_PRODUCT(map, features->grid_height, features->grid_width));
        pb_roi_scatter(features->roi, scores, sizeof *scores, map);
    }
    const pb_heatmap heatmap = {map ? map : scores, &features->origin, features->grid_height, features->grid_width,
                                views->low,         views->high,       features->roi};
    const pb_status status = pb_image_view_make(views->content->paths[i], &heatmap, NULL, &views->images[i]);
    pb_free(map);
    return status;
}

static pb_status make_views(void *context, int64_t i, int worker)
{
    pb_audit_views *views = context;
    const pb_features *features = views->features;
    const char *const *paths = views->content->paths;
    (void)worker;
    PB_TRY(make_image_view(views, i));
    pb_evidence *evidence = &views->evidences[i];
    if (!evidence->found)
        return PB_STATUS_OK;
    PB_TRY(pb_patch_view_make(paths[i], &features->origin, features->grid_height, features->grid_width,
                              evidence->worst_patch, &evidence->worst));
    return pb_patch_view_make(paths[evidence->nearest_image], &features->origin, features->grid_height,
                              features->grid_width, evidence->nearest_patch, &evidence->nearest);
}

/* The patch scores that the audit went by; on the page of a bank those that the bank goes by. */
static pb_status find_scores(pb_audit_views *views)
{
    const pb_audit_report *content = views->content;
    int64_t k;
    return pb_references_scores_by(content->references, content->bank ? 0 : content->audit->k, &views->scores, &k);
}

/* A scale of the audit's own, by the photos as they are, which is what is shown. */
static pb_status scale_by_photos(pb_audit_views *views)
{
    const int64_t n_own = pb_features_n_own(views->features), n_patches = views->features->n_patches;
    double *own;
    PB_TRY(PB_NEW_PRODUCT_UNINITIALISED(own, views->n_images, n_own));
    for (int64_t i = 0; i < views->n_images; i++)
        memcpy(own + i * n_own, views->scores + i * n_patches, (size_t)n_own * sizeof *own);
    const pb_status status = pb_heatmap_scale(own, views->n_images * n_own, &views->low, &views->high);
    pb_free(own);
    return status;
}

static pb_status gather(pb_audit_views *views)
{
    PB_TRY(find_scores(views));
    if (views->content->bank) /* one bank, one scale: that of its evaluation and of the parts that it scores */
        pb_bank_patch_scale(views->content->bank, &views->low, &views->high);
    else
        PB_TRY(scale_by_photos(views));
    PB_TRY(PB_NEW(views->images, views->n_images));
    PB_TRY(PB_NEW(views->evidences, views->n_images));
    PB_TRY(find_evidences(views));
    PB_TRY(pb_parallel_for(views->n_images, make_views, views, NULL));
    for (int64_t i = 0; i < views->n_images; i++)
        views->n_photos += views->images[i].photo.jpeg != NULL;
    return PB_STATUS_OK;
}

pb_status pb_audit_views_gather(const pb_audit_report *content, pb_audit_views *out)
{
    *out = (pb_audit_views){.content = content, .n_images = content->audit->n_images};
    out->features = pb_references_features(content->references);
    const pb_status status = gather(out);
    if (status != PB_STATUS_OK)
        pb_audit_views_free(out);
    return status;
}

void pb_audit_views_free(pb_audit_views *views)
{
    for (int64_t i = 0; views->images && i < views->n_images; i++)
        pb_image_view_free(&views->images[i]);
    for (int64_t i = 0; views->evidences && i < views->n_images; i++) {
        pb_patch_view_free(&views->evidences[i].worst);
        pb_patch_view_free(&views->evidences[i].nearest);
    }
    pb_free(views->images);
    pb_free(views->evidences);
    *views = (pb_audit_views){0};
}
