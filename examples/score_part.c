/* Scores one part against a bank made by `purebank fit` (or by commission.c).
 *   score_part PART.bank IMAGE          exit status: 0 pass, 1 fail or unusable, 2 usage, 3 error */
#include <stdio.h>
#include <stdlib.h>

#include <purebank/purebank.h>

/* The way of one part through the library: bank, backbone, features, scores. */
static pb_status score_part(const char *bank_path, const char *image_path, double *score, pb_verdict *verdict,
                            pb_guard_verdict *guarded)
{
    pb_bank *bank = NULL;
    pb_backbone *backbone = NULL;
    pb_features *features = NULL;
    double *patch_scores = NULL;
    pb_photo photo;

    pb_status status = pb_bank_load(bank_path, &bank);
    if (status == PB_STATUS_OK)
        status = pb_bank_open_backbone(bank, NULL, &backbone);
    if (status == PB_STATUS_OK)
        status = pb_backbone_extract_visited(backbone, &image_path, 1, NULL, pb_photo_visit, &photo, &features);
    if (status == PB_STATUS_OK &&
        !(patch_scores = calloc((size_t)pb_features_n_patches(features), sizeof *patch_scores)))
        status = PB_STATUS_NO_MEMORY;
    if (status == PB_STATUS_OK)
        status = pb_bank_score(bank, features, patch_scores, score);
    if (status == PB_STATUS_OK)
        status = pb_bank_judge_photos(bank, &photo, patch_scores, 1, guarded);
    if (status == PB_STATUS_OK)
        *verdict = pb_bank_verdict(bank, *score, guarded);

    free(patch_scores);
    pb_features_free(features);
    pb_backbone_close(backbone);
    pb_bank_free(bank);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: score_part PART.bank IMAGE\n");
        return 2;
    }
    double score = 0;
    pb_verdict verdict = PB_VERDICT_UNUSABLE;
    pb_guard_verdict guarded;
    if (score_part(argv[1], argv[2], &score, &verdict, &guarded) != PB_STATUS_OK) {
        fprintf(stderr, "score_part: %s\n", pb_error_message());
        return 3;
    }
    printf("%s: score %.4f: %s%s%s\n", argv[2], score, pb_verdict_name(verdict),
           verdict == PB_VERDICT_UNUSABLE ? ", " : "", verdict == PB_VERDICT_UNUSABLE ? guarded.reason : "");
    return verdict != PB_VERDICT_PASS;
}
