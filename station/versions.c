#include "station/versions.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "station/photos.h"

static const double CONFIDENCE = 0.9;

static void describe(const pb_bank *bank, station_version *version)
{
    version->n_references = pb_bank_n_kept(bank);
    version->n_rows = pb_bank_n_rows(bank);
    version->threshold = *pb_bank_threshold(bank);
    if (pb_threshold_rate_bound(&version->threshold, CONFIDENCE, &version->bound) != PB_STATUS_OK)
        version->bound = (double)NAN;
}

pb_status station_version_save(const station_banks *banks, station_db *writer, const pb_bank *bank,
                               station_version *version)
{
    char path[STATION_PATH_BYTES];
    PB_TRY(station_db_begin(writer));
    PB_TRY(station_db_end(writer, station_db_newest_version(writer, version->product, &version->version)));
    do { /* none is written over, though no row may name it */
        version->version++;
        PB_TRY(station_banks_path(banks, version->product, version->version, path));
    } while (access(path, F_OK) == 0);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    PB_TRY(station_make_folder(path));
    *slash = '/';
    PB_TRY(pb_bank_save(bank, path));
    PB_TRY(pb_sha256_file(path, version->sha256));
    describe(bank, version);
    const pb_status status = station_db_add_version(writer, version);
    if (status != PB_STATUS_OK)
        unlink(path);
    return status;
}

static pb_status keep_reference(const char *folder, const pb_bank_reference *reference)
{
    char path[STATION_PATH_BYTES], hex[65];
    uint8_t *bytes;
    size_t size;
    if (!reference->sha256[0] || snprintf(path, sizeof path, "%s/%s", folder, reference->sha256) >= (int)sizeof path ||
        access(path, F_OK) == 0 || pb_file_read(reference->path, (size_t)1 << 30, &bytes, &size) != PB_STATUS_OK)
        return PB_STATUS_OK;
    pb_status status = pb_sha256_bytes(bytes, size, hex);
    if (status == PB_STATUS_OK && strcmp(hex, reference->sha256) == 0)
        status = pb_file_write(path, bytes, size);
    pb_free(bytes);
    return status;
}

pb_status station_references_keep(const char *folder, const pb_bank *bank)
{
    PB_TRY(station_make_folder(folder));
    for (int64_t i = 0; i < pb_bank_n_references(bank); i++)
        PB_TRY(keep_reference(folder, pb_bank_reference_at(bank, i)));
    return PB_STATUS_OK;
}
