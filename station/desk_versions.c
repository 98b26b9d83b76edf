#include "station/desk_versions.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "station/clock.h"
#include "station/versions.h"

static bool parse_version(const station_request *request, int64_t *out)
{
    return pb_item_integer(pb_item_of(request->parameter[1]), 1, INT32_MAX, out);
}

/* The active one is in memory; others come from their files. */
static pb_status open_bank(station_desk *desk, const station_version *version, station_bank **out)
{
    *out = station_banks_active(desk->station->banks, version->product);
    if (*out && (*out)->version == version->version)
        return PB_STATUS_OK;
    station_bank_release(*out);
    return station_banks_load(desk->station->banks, version->product, version->version, version->sha256, out);
}

bool station_open_version(station_desk *desk, const station_request *request, station_bank **bank,
                          station_version *version, station_response *out)
{
    const char *product = request->parameter[0];
    int64_t number;
    bool found = false;
    pb_status status = PB_STATUS_OK;
    if (!station_check_product(desk, product, out))
        return false;
    if (parse_version(request, &number))
        status = station_db_version(desk->db, product, number, version, &found);
    if (status == PB_STATUS_OK && !found) {
        station_answer_error(out, 404, "not_found", "product %s has no version %.20s", product, request->parameter[1]);
        return false;
    }
    if (status == PB_STATUS_OK) {
        status = open_bank(desk, version, bank);
        if (status != PB_STATUS_OK)
            station_version_free(version);
    }
    if (status != PB_STATUS_OK)
        station_answer_failure(out, status);
    return status == PB_STATUS_OK;
}

pb_status station_version_reference(station_desk *desk, const char *product, int64_t version, int64_t reference,
                                    char digest[65])
{
    station_version row;
    station_bank *bank = NULL;
    bool found;
    digest[0] = '\0';
    PB_TRY(station_db_version(desk->db, product, version, &row, &found));
    if (!found)
        return PB_STATUS_OK;
    const pb_status status = open_bank(desk, &row, &bank);
    station_version_free(&row);
    if (status == PB_STATUS_OK && reference < pb_bank_n_references(bank->bank))
        snprintf(digest, 65, "%s", pb_bank_reference_at(bank->bank, reference)->sha256);
    if (status == PB_STATUS_OK)
        station_bank_release(bank);
    return status;
}

bool station_has_reference(const station *self, const char *sha256)
{
    char path[STATION_PATH_BYTES + 80];
    snprintf(path, sizeof path, "%s/%s", self->references, sha256);
    return *sha256 && access(path, R_OK) == 0;
}

static void tell(station *self, const station_version *version)
{
    char text[160];
    snprintf(text, sizeof text, "{\"product\": \"%s\", \"version\": %lld}", version->product,
             (long long)version->version);
    station_events_tell(self->events, version->product, "bank", text);
}

/* In memory, after it is so on disk. */
static pb_status take_over(station *self, const station_version *version, station_bank *bank)
{
    station_banks_activate(self->banks, bank);
    station_bank_release(bank);
    tell(self, version);
    return PB_STATUS_OK;
}

static pb_status activate(station *self, const station_version *version, const char *by, const char *reason)
{
    station_bank *bank;
    PB_TRY(station_banks_load(self->banks, version->product, version->version, version->sha256, &bank));
    const pb_status status =
        station_db_activate(self->writer, version->product, version->version, station_now_ms(), by, reason);
    if (status != PB_STATUS_OK) {
        station_bank_release(bank);
        return status;
    }
    return take_over(self, version, bank);
}

pb_status station_version_activate(station *self, const station_version *version, const char *by, const char *reason)
{
    pthread_mutex_lock(&self->changing);
    const pb_status status = activate(self, version, by, reason);
    pthread_mutex_unlock(&self->changing);
    return status;
}

pb_status station_version_adopt(station *self, const pb_bank *bank, station_version *version)
{
    station_bank *loaded;
    PB_TRY(station_version_save(self->banks, self->writer, bank, version));
    PB_TRY(station_banks_load(self->banks, version->product, version->version, version->sha256, &loaded));
    return take_over(self, version, loaded);
}
