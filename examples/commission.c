/* From a folder of photos of good parts to a memory bank, bad references left out.
 *   commission FOLDER PART.bank */
#include <stdio.h>

#include <purebank/purebank.h>

enum { NEIGHBOURS = 5 };

static void print_audit(const pb_audit *audit, const pb_paths *photos)
{
    printf("audit %s: limit %.4f\n", pb_audit_rule(audit), pb_audit_limit(audit));
    for (int64_t i = 0; i < pb_audit_n_images(audit); i++)
        printf("%-8s %8.4f  %s\n", pb_audit_image_at(audit, i)->flagged ? "FLAGGED" : "",
               pb_audit_image_at(audit, i)->score, photos->path[i]);
}

/* Features of all photos: audit, removal, descriptors and threshold in one call; then the file. */
static pb_status fit_and_save(const pb_features *features, const pb_paths *photos, const char *bank_path)
{
    pb_references *references = NULL;
    pb_bank *bank = NULL;
    pb_audit *audit = NULL;

    pb_bank_options options = PB_BANK_OPTIONS_INIT;
    options.audit_removes = true;
    options.false_alarm_rate = 0.05;

    pb_status status = pb_references_new(features, NEIGHBOURS, NULL, &references);
    if (status == PB_STATUS_OK)
        status = pb_bank_fit(references, (const char *const *)photos->path, NULL, &options, &bank, &audit);
    if (status == PB_STATUS_OK)
        status = pb_bank_save(bank, bank_path);
    if (status == PB_STATUS_OK) {
        print_audit(audit, photos);
        printf("%s: %lld patches of %lld good photos, limit %.4f (%s)\n", bank_path, (long long)pb_bank_n_rows(bank),
               (long long)pb_bank_n_kept(bank), pb_bank_threshold(bank)->value,
               pb_threshold_method_name(pb_bank_threshold(bank)->method));
    }
    pb_audit_free(audit);
    pb_bank_free(bank);
    pb_references_free(references);
    return status;
}

static pb_status commission(const char *folder, const char *bank_path)
{
    pb_paths photos = {0};
    pb_backbone *backbone = NULL;
    pb_features *features = NULL;

    pb_status status = pb_paths_collect(&folder, 1, &photos);
    if (status == PB_STATUS_OK)
        status = pb_backbone_open("builtin", NULL, &backbone);
    if (status == PB_STATUS_OK)
        status = pb_backbone_extract_files(backbone, (const char *const *)photos.path, photos.n, NULL, &features);
    if (status == PB_STATUS_OK)
        status = fit_and_save(features, &photos, bank_path);

    pb_features_free(features);
    pb_backbone_close(backbone);
    pb_paths_free(&photos);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: commission FOLDER PART.bank\n");
        return 2;
    }
    if (commission(argv[1], argv[2]) != PB_STATUS_OK) {
        fprintf(stderr, "commission: %s\n", pb_error_message());
        return 3;
    }
    return 0;
}
