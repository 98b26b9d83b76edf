/* Options that a program of one version hands to a library of another: later_version FOLDER [LATER]
 * prints the plan of a float16 cache of the images in FOLDER. Built with WITH_LATER, against headers whose structs of options have
 * a member more, it sets that to LATER. */
#include <stdio.h>
#include <stdlib.h>

#include <purebank/purebank.h>

static pb_status plan(const char *folder, const char *later, int64_t *bytes)
{
    char root[4096];
    pb_dataset *dataset = NULL;
    pb_backbone *backbone = NULL;
    pb_cache_writer *writer = NULL;
    pb_cache_options options = PB_CACHE_OPTIONS_INIT;
    options.half = true;
#ifdef WITH_LATER
    options.later = atof(later);
#else
    (void)later;
#endif
    snprintf(root, sizeof root, "%s.caches", folder);
    pb_status status = pb_dataset_open(folder, NULL, &dataset);
    if (status == PB_STATUS_OK)
        status = pb_backbone_open("builtin", NULL, &backbone);
    if (status == PB_STATUS_OK)
        status = pb_cache_writer_open(root, dataset, backbone, &options, &writer);
    if (status == PB_STATUS_OK)
        *bytes = pb_cache_writer_plans(writer)->bytes;
    pb_cache_writer_close(writer);
    pb_backbone_close(backbone);
    pb_dataset_free(dataset);
    return status;
}

int main(int argc, char **argv)
{
    int64_t bytes = 0;
    const pb_status status = plan(argv[1], argc > 2 ? argv[2] : "0", &bytes);
    printf("built with %d, runs with %d: ", PB_VERSION_NUMBER, pb_version_number());
    if (status != PB_STATUS_OK)
        printf("%s: %s\n", pb_status_name(status), pb_error_message());
    else
        printf("%lld bytes\n", (long long)bytes);
    return status != PB_STATUS_OK;
}
