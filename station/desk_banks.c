/* Products, versions of their banks, and which one judges. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/parse.h"
#include "io/json.h"
#include "io/json_fields.h"
#include "io/path.h"
#include "station/clock.h"
#include "station/desk.h"
#include "station/desk_versions.h"
#include "station/findings.h"
#include "station/part_json.h"

/* ---- products ----------------------------------------------------------------------------------------------------- */

static pb_status product_json(station_desk *desk, const char *product, json_t **out)
{
    station_filter filter = {.before = 0};
    int64_t reviewed[3], parts;
    snprintf(filter.product, sizeof filter.product, "%s", product);
    PB_TRY(station_db_count(desk->db, &filter, &parts));
    PB_TRY(station_db_count_reviewed(desk->db, product, reviewed));
    char why[STATION_TROUBLE_BYTES];
    (void)station_banks_trouble(desk->station->banks, product, why);
    station_bank *bank = station_banks_active(desk->station->banks, product);
    const pb_threshold *threshold = bank ? pb_bank_threshold(bank->bank) : NULL;
    *out = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:{s:I, s:I, s:I}}", "name", product, "active",
                     bank ? json_integer((json_int_t)bank->version) : json_null(), "threshold",
                     bank ? json_real(threshold->value) : json_null(), "backbone",
                     bank ? json_string(pb_bank_origin(bank->bank)->backbone) : json_null(), "rate",
                     bank ? json_real(threshold->false_alarm_rate) : json_null(), "trouble",
                     bank ? json_null() : pb_json_lossy_string(why), "parts", (json_int_t)parts, "reviewed", "good",
                     (json_int_t)reviewed[0], "defect", (json_int_t)reviewed[1], "unusable", (json_int_t)reviewed[2]);
    station_bank_release(bank);
    return PB_STATUS_OK;
}

void station_get_products(station_desk *desk, const station_request *request, station_response *out)
{
    const station_config *config = &desk->station->config;
    json_t *products = json_array();
    (void)request;
    for (int64_t i = 0; i < config->n_products; i++) {
        json_t *entry = NULL;
        const pb_status status = product_json(desk, config->product[i].name, &entry);
        if (status != PB_STATUS_OK) {
            json_decref(products);
            station_answer_failure(out, status);
            return;
        }
        json_array_append_new(products, entry);
    }
    station_answer_json(out, 200,
                        json_pack("{s:o, s:s, s:o}", "products", products, "version", pb_version(), "station",
                                  pb_json_lossy_string(desk->station->name)));
}

/* ---- versions ----------------------------------------------------------------------------------------------------- */

typedef struct version_list {
    json_t *rows;
    int64_t active;
} version_list;

static pb_status add_version(void *context, const station_version *version)
{
    version_list *to = context;
    return json_array_append_new(to->rows, station_version_json(version, to->active)) == 0
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
}

static pb_status add_activation(void *context, int64_t version, int64_t time_ms, const char *by, const char *reason)
{
    json_t *row = json_pack("{s:I, s:o, s:o, s:o}", "version", (json_int_t)version, "time", station_time_json(time_ms),
                            "by", pb_json_lossy_string(by), "reason", pb_json_lossy_string(reason));
    return json_array_append_new(context, row) == 0 ? PB_STATUS_OK : pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
}

static void answer_versions(station_desk *desk, const char *product, station_response *out)
{
    version_list to = {.rows = json_array()};
    json_t *activations = json_array();
    pb_status status = station_db_active(desk->db, product, &to.active);
    if (status == PB_STATUS_OK)
        status = station_db_versions(desk->db, product, add_version, &to);
    if (status == PB_STATUS_OK)
        status = station_db_activations(desk->db, product, add_activation, activations);
    if (status == PB_STATUS_OK) {
        station_answer_json(out, 200,
                            json_pack("{s:I, s:o, s:o}", "active", (json_int_t)to.active, "versions", to.rows,
                                      "activations", activations));
        return;
    }
    json_decref(to.rows);
    json_decref(activations);
    station_answer_failure(out, status);
}

void station_get_banks(station_desk *desk, const station_request *request, station_response *out)
{
    if (station_check_product(desk, request->parameter[0], out))
        answer_versions(desk, request->parameter[0], out);
}

/* ---- one version -------------------------------------------------------------------------------------------------- */

static json_t *reference_address(const station_bank *bank, int64_t i, const char *what)
{
    char text[200];
    snprintf(text, sizeof text, "/api/v1/products/%s/banks/%lld/references/%lld/%s", bank->product,
             (long long)bank->version, (long long)i, what);
    return json_string(text);
}

json_t *station_reference_json(const station *self, const station_bank *bank, int64_t i)
{
    const pb_bank_reference *reference = pb_bank_reference_at(bank->bank, i);
    const bool shown = station_has_reference(self, reference->sha256);
    return json_pack("{s:I, s:o, s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:o}", "index", (json_int_t)i, "name",
                     pb_json_lossy_string(pb_base_name(reference->path)), "audit_score",
                     station_number_json(reference->audit_score), "flagged", reference->flagged, "kept",
                     reference->decision == PB_DECISION_KEEP, "reviewed", reference->decided_by_person, "unusable",
                     pb_json_lossy_string(reference->unusable), "loo_score", station_number_json(reference->loo_score),
                     "photo", shown ? reference_address(bank, i, "photo") : json_null(), "thumbnail",
                     shown ? reference_address(bank, i, "thumbnail") : json_null());
}

/* Most suspicious first: by audit score; those without one last. */
static json_t *references_json(const station *self, const station_bank *bank)
{
    const int64_t n = pb_bank_n_references(bank->bank);
    json_t *out = json_array();
    bool *done;
    if (PB_NEW(done, n + 1) != PB_STATUS_OK)
        return out;
    for (int64_t k = 0; k < n; k++) {
        int64_t best = -1;
        for (int64_t i = 0; i < n; i++) {
            const double score = pb_bank_reference_at(bank->bank, i)->audit_score;
            const double most = best < 0 ? (double)NAN : pb_bank_reference_at(bank->bank, best)->audit_score;
            if (!done[i] && (best < 0 || score > most || (isnan(most) && !isnan(score))))
                best = i;
        }
        done[best] = true;
        json_array_append_new(out, station_reference_json(self, bank, best));
    }
    pb_free(done);
    return out;
}

static json_t *findings_json(const pb_bank *bank)
{
    pb_bank_finding findings[PB_MAX_BANK_FINDINGS];
    char text[400];
    json_t *out = json_array();
    const int64_t n = pb_bank_diagnose(bank, findings, PB_MAX_BANK_FINDINGS);
    for (int64_t i = 0; i < n && i < PB_MAX_BANK_FINDINGS; i++) {
        station_finding_text(&findings[i], text, sizeof text);
        json_array_append_new(out, json_string(text));
    }
    return out;
}

/* null where whole photos are looked at */
static json_t *roi_json(const pb_bank *bank)
{
    const pb_roi *roi = pb_bank_roi(bank);
    const pb_origin *origin = pb_bank_origin(bank);
    if (!roi)
        return json_null();
    return json_pack("{s:s, s:s, s:I, s:I}", "name", pb_roi_name(roi), "sha256", pb_roi_sha256(roi), "inside",
                     (json_int_t)pb_roi_n_inside(roi), "patches", (json_int_t)origin->grid_height * origin->grid_width);
}

/* null where references have none */
static json_t *augment_json(const pb_bank *bank)
{
    const pb_augment *augment = pb_bank_augment(bank);
    char text[PB_AUGMENT_TEXT];
    if (!augment)
        return json_null();
    pb_augment_text(augment, text, sizeof text);
    return json_string(text);
}

void station_get_bank(station_desk *desk, const station_request *request, station_response *out)
{
    station_bank *bank;
    station_version version;
    int64_t active = 0;
    if (!station_open_version(desk, request, &bank, &version, out))
        return;
    const pb_status status = station_db_active(desk->db, bank->product, &active);
    if (status == PB_STATUS_OK)
        station_answer_json(out, 200,
                            json_pack("{s:o, s:{s:s, s:o}, s:o, s:o, s:o, s:o}", "version",
                                      station_version_json(&version, active), "audit", "rule",
                                      pb_bank_audit_rule(bank->bank), "limit",
                                      station_number_json(pb_bank_audit_limit(bank->bank)), "findings",
                                      findings_json(bank->bank), "references", references_json(desk->station, bank),
                                      "roi", roi_json(bank->bank), "augment", augment_json(bank->bank)));
    else
        station_answer_failure(out, status);
    station_version_free(&version);
    station_bank_release(bank);
}

/* ---- activating --------------------------------------------------------------------------------------------------- */

static void activate(station_desk *desk, const char *product, int64_t number, const char *by, const char *reason,
                     station_response *out)
{
    station_version version;
    bool found = false;
    pb_status status = station_db_version(desk->db, product, number, &version, &found);
    if (status == PB_STATUS_OK && !found) {
        station_answer_error(out, 404, "not_found", "product %s has no version %lld", product, (long long)number);
        return;
    }
    if (status == PB_STATUS_OK) {
        status = station_version_activate(desk->station, &version, by, reason);
        station_version_free(&version);
    }
    if (status == PB_STATUS_OK)
        answer_versions(desk, product, out);
    else
        station_answer_failure(out, status);
}

void station_post_active(station_desk *desk, const station_request *request, station_response *out)
{
    static const char *const keys[] = {"version", "by", "reason", NULL};
    json_t *body;
    int64_t version;
    char by[STATION_TEXT_BYTES], reason[STATION_WHY_BYTES];
    if (!station_check_product(desk, request->parameter[0], out) || !station_body_json(request, keys, &body, out))
        return;
    if (station_body_whole(body, "version", 1, &version, out) &&
        station_body_words(body, "by", false, STATION_TEXT_CHARACTERS, by, out) &&
        station_body_words(body, "reason", true, STATION_WHY_CHARACTERS, reason, out))
        activate(desk, request->parameter[0], version, by, reason, out);
    json_decref(body);
}

void station_post_session(station_desk *desk, const station_request *request, station_response *out)
{
    static const char *const keys[] = {"token", NULL};
    json_t *body;
    char token[4097];
    if (!station_body_json(request, keys, &body, out))
        return;
    if (station_body_text(body, "token", false, token, sizeof token, out))
        station_access_sign_in(&desk->station->access, token, out);
    json_decref(body);
}
