#include "station/station.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "io/lock.h"
#include "station/clock.h"
#include "station/photos.h"
#include "station/response.h"
#include "station/versions.h"

static pb_status name_paths(const char *folder, station *out)
{
    char full[PATH_MAX];
    if (!realpath(folder, full))
        return pb_fail(PB_STATUS_IO, "cannot open station %s: %s", folder, strerror(errno));
    if (strlen(full) + 64 >= sizeof out->folder)
        return pb_fail(PB_STATUS_LIMIT, "the path of station %s is too long", folder);
    snprintf(out->folder, sizeof out->folder, "%s", full);
    snprintf(out->photos, sizeof out->photos, "%.4000s/photos", full);
    snprintf(out->banks_folder, sizeof out->banks_folder, "%.4000s/banks", full);
    snprintf(out->references, sizeof out->references, "%.4000s/references", full);
    snprintf(out->database, sizeof out->database, "%.4000s/station.db", full);
    const char *slash = strrchr(full, '/');
    snprintf(out->name, sizeof out->name, "%.250s", slash ? slash + 1 : full);
    return PB_STATUS_OK;
}

/* The version that is to judge a product. @param out NULL: there is none, or release it */
static pb_status open_active(station *self, const char *product, station_bank **out)
{
    int64_t active;
    station_version version;
    bool found = false;
    *out = NULL;
    PB_TRY(station_db_active(self->writer, product, &active));
    if (active > 0)
        PB_TRY(station_db_version(self->writer, product, active, &version, &found));
    if (!found)
        return PB_STATUS_OK;
    const pb_status status = station_banks_load(self->banks, product, active, version.sha256, out);
    station_version_free(&version);
    return status;
}

/* A product whose bank cannot be loaded does not stop the others. */
static void tell_trouble(station *self, const char *product, const char *why)
{
    char text[STATION_TROUBLE_BYTES], back[STATION_PATH_BYTES + 200] = "";
    snprintf(text, sizeof text, "%s", why);
    if (station_db_has_other_version(self->writer, product))
        snprintf(back, sizeof back,
                 "Another version is brought back by its page, or by purebank station activate %s --product %s; ",
                 self->folder, product);
    if (self->options.warn)
        self->options.warn(
            "parts of product %s are not judged: %s. %spurebank station init %s --product %s --bank FILE "
            "gives it a bank",
            product, text, back, self->folder, product);
    station_hide_folder(self->folder, text);
    station_banks_fail(self->banks, product, text);
}

static pb_status load_active(station *self, const char *product)
{
    station_bank *bank;
    const pb_status status = open_active(self, product, &bank);
    if (status == PB_STATUS_NO_MEMORY || status == PB_STATUS_CANCELLED)
        return status;
    if (bank) {
        station_banks_activate(self->banks, bank);
        station_bank_release(bank);
    } else {
        tell_trouble(self, product, status == PB_STATUS_OK ? "it has no bank" : pb_error_message());
    }
    return PB_STATUS_OK;
}

/* Where nothing can be judged there is nothing to serve. */
static pb_status check_products(station *self)
{
    char why[STATION_TROUBLE_BYTES] = "";
    if (self->config.n_products == 0)
        return pb_fail(
            PB_STATUS_BAD_FORMAT,
            "%s/station.json: \"products\" is [], and a station judges parts of a product: purebank station init "
            "%s --product NAME --bank FILE",
            self->folder, self->folder);
    for (int64_t i = 0; i < self->config.n_products; i++)
        if (!station_banks_trouble(self->banks, self->config.product[i].name, why))
            return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_FORMAT, "station %s judges nothing, as no product has a bank that can be loaded: %s",
                   self->folder, why);
}

/* A process that was killed may have left photos that no row names, on the day of its last part or later. */
static pb_status sweep(station *self)
{
    enum { DAY_MS = 24 * 3600 * 1000 };
    int64_t newest, removed;
    PB_TRY(station_db_newest_ms(self->writer, &newest));
    const int64_t now = station_now_ms(), from = (newest && newest < now ? newest : now) - DAY_MS;
    PB_TRY(station_photos_sweep(self->photos, newest ? from : 0, self->writer, &removed));
    if (removed > 0 && self->options.warn)
        self->options.warn("%" PRId64 " photos of an interrupted run, which nobody was answered about, were removed",
                           removed);
    return PB_STATUS_OK;
}

static pb_status open_parts(station *self)
{
    char path[STATION_PATH_BYTES];
    snprintf(path, sizeof path, "%.4000s/station.json", self->folder);
    PB_TRY(station_config_load(path, &self->config));
    PB_TRY(pb_lock_take(self->folder, "station.lock", &self->lock));
    PB_TRY(station_db_open(self->database, true, &self->writer));
    PB_TRY(station_db_check(self->writer));
    PB_TRY(station_banks_new(self->banks_folder, &self->config, &self->banks));
    for (int64_t i = 0; i < self->config.n_products; i++)
        PB_TRY(load_active(self, self->config.product[i].name));
    PB_TRY(check_products(self));
    return sweep(self);
}

pb_status station_open(const station_options *options, station *out)
{
    *out = (station){.options = *options, .lock = -1, .started_ns = station_steady_ns()};
    pthread_mutex_init(&out->changing, NULL);
    station_metrics_init(&out->metrics);
    PB_TRY(name_paths(options->folder, out));
    PB_TRY(open_parts(out));
    const int64_t own = out->config.megapixels * 1000000, asked = options->max_pixels;
    PB_TRY(pb_image_set_max_pixels(asked > 0 && asked < own ? asked : own));
    return station_events_new(&out->events);
}

pb_status station_start_engine(station *self, int lanes, void (*stored)(void *context, const station_part *part),
                               void *context)
{
    const station_engine_options options = {.photos = self->photos,
                                            .database = self->database,
                                            .banks = self->banks,
                                            .writer = self->writer,
                                            .metrics = &self->metrics,
                                            .limit = self->config.queue_parts,
                                            .free_bytes = self->config.free_gigabytes * 1e9,
                                            .lanes = lanes,
                                            .stored = stored,
                                            .context = context};
    return station_engine_start(&options, &self->engine);
}

void station_close(station *self)
{
    station_events_free(self->events);
    station_banks_free(self->banks);
    station_db_close(self->writer);
    pb_lock_release(self->lock);
    pthread_mutex_destroy(&self->changing);
}

/* ---- making one --------------------------------------------------------------------------------------------------- */

/* @param backbone NULL: by what the bank knows @param reason of the version */
static pb_status add_product(station *self, const char *product, const char *bank_path, const char *backbone,
                             const char *reason)
{
    pb_bank *bank = NULL;
    station_version version = {.time_ms = station_now_ms(), .author = "station init", .action = "import"};
    PB_TRY(pb_bank_load(bank_path, &bank));
    snprintf(version.product, sizeof version.product, "%s", product);
    snprintf(version.reason, sizeof version.reason, "%s", reason);
    snprintf(version.change, sizeof version.change, "imported: %" PRId64 " references, %" PRId64 " descriptors",
             pb_bank_n_kept(bank), pb_bank_n_rows(bank));
    /* What cannot be opened here could judge nothing there. */
    const pb_bank_backbone_options options = {.size = sizeof options, .name = backbone};
    pb_backbone *handle = NULL;
    pb_status status = pb_bank_open_backbone(bank, &options, &handle);
    pb_backbone_close(handle);
    if (status == PB_STATUS_OK)
        status = station_references_keep(self->references, bank);
    if (status == PB_STATUS_OK)
        status = station_version_save(self->banks, self->writer, bank, &version);
    pb_bank_free(bank);
    return status;
}

/* A folder or file is remembered by its whole path: a station may be served from anywhere, and products that name one checkpoint
 * differently share it. Other names are looked for in the caches of models. */
static pb_status name_backbone(const char *backbone, station_config_product *out)
{
    char full[PATH_MAX];
    const char *name = realpath(backbone, full) ? full : backbone;
    return snprintf(out->backbone, sizeof out->backbone, "%s", name) < (int)sizeof out->backbone
               ? PB_STATUS_OK
               : pb_fail(PB_STATUS_LIMIT, "the name of the backbone is too long: %s", name);
}

static pb_status name_product(station_config *config, const char *product, const char *backbone)
{
    if (!station_name_is_valid(product))
        return pb_fail(
            PB_STATUS_BAD_ARGUMENT,
            "'%s' is no name for a product: it begins with a letter or a digit, and has up to 64 letters, digits, "
            "'.', '_' and '-'",
            product);
    if (config->n_products == STATION_MAX_PRODUCTS)
        return pb_fail(PB_STATUS_LIMIT, "a station has at most %d products", STATION_MAX_PRODUCTS);
    station_config_product *entry = &config->product[config->n_products++];
    snprintf(entry->name, sizeof entry->name, "%s", product);
    return backbone ? name_backbone(backbone, entry) : PB_STATUS_OK;
}

/* A product that has one is changed on its page, where everybody sees what is done. */
static pb_status check_needs_bank(station *self, const char *product)
{
    station_bank *bank;
    const pb_status status = open_active(self, product, &bank);
    if (status != PB_STATUS_OK || !bank)
        return status == PB_STATUS_NO_MEMORY ? status : PB_STATUS_OK;
    station_bank_release(bank);
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "the station has a product %s already, and a bank that judges it", product);
}

static pb_status init_in(station *self, const char *product, const char *bank, const char *backbone)
{
    char path[STATION_PATH_BYTES];
    snprintf(path, sizeof path, "%.4000s/station.json", self->folder);
    PB_TRY(pb_lock_take(self->folder, "station.lock", &self->lock));
    if (access(path, F_OK) == 0)
        PB_TRY(station_config_load(path, &self->config));
    else
        station_config_default(&self->config);
    const int64_t at = station_config_find(&self->config, product);
    if (at < 0)
        PB_TRY(name_product(&self->config, product, backbone));
    PB_TRY(station_make_folder(self->banks_folder));
    PB_TRY(station_make_folder(self->photos));
    PB_TRY(station_db_open(self->database, true, &self->writer));
    PB_TRY(station_banks_new(self->banks_folder, &self->config, &self->banks));
    if (at >= 0)
        PB_TRY(check_needs_bank(self, product));
    if (at >= 0 && backbone)
        PB_TRY(name_backbone(backbone, &self->config.product[at]));
    if (at >= 0 && !backbone && self->config.product[at].backbone[0])
        backbone = self->config.product[at].backbone;
    PB_TRY(add_product(self, product, bank, backbone,
                       at < 0 ? "the first bank of the product" : "the product had no bank that could be loaded"));
    return station_config_save(&self->config, path);
}

pb_status station_init(const char *folder, const char *product, const char *bank, const char *backbone)
{
    static station self;
    self = (station){.lock = -1};
    pthread_mutex_init(&self.changing, NULL);
    PB_TRY(station_make_folder(folder));
    pb_status status = name_paths(folder, &self);
    if (status == PB_STATUS_OK)
        status = init_in(&self, product, bank, backbone);
    station_close(&self);
    return status;
}

/* ---- another version ---------------------------------------------------------------------------------------------- */

/* Versions of a product, newest first: which of them can judge? */
typedef struct candidates {
    station *self;
    int64_t asked, active; /* asked 0: the newest that is not active and can be loaded */
    int64_t n, found;
    pb_status status; /* of the last one tried */
} candidates;

static pb_status try_version(void *context, const station_version *version)
{
    candidates *of = context;
    station_bank *bank;
    const bool wanted = of->asked > 0 ? version->version == of->asked : version->version != of->active;
    if (!wanted || of->found > 0)
        return PB_STATUS_OK;
    of->n++;
    of->status = station_banks_load(of->self->banks, version->product, version->version, version->sha256, &bank);
    if (of->status != PB_STATUS_OK)
        return of->status == PB_STATUS_NO_MEMORY ? of->status : PB_STATUS_OK;
    station_bank_release(bank);
    of->found = version->version;
    return PB_STATUS_OK;
}

static pb_status activate_in(station *self, const char *product, int64_t asked, int64_t *out)
{
    candidates of = {.self = self, .asked = asked};
    char path[STATION_PATH_BYTES];
    snprintf(path, sizeof path, "%.4000s/station.json", self->folder);
    PB_TRY(station_config_load(path, &self->config));
    PB_TRY(pb_lock_take(self->folder, "station.lock", &self->lock));
    if (station_config_find(&self->config, product) < 0)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "station %s has no product '%s'", self->folder, product);
    PB_TRY(station_db_open(self->database, true, &self->writer));
    PB_TRY(station_banks_new(self->banks_folder, &self->config, &self->banks));
    PB_TRY(station_db_active(self->writer, product, &of.active));
    PB_TRY(station_db_versions(self->writer, product, try_version, &of));
    if (of.found == 0 && of.n > 0)
        return pb_fail(of.status, "%s%s",
                       asked > 0 ? "" : "no other version can be loaded; of the oldest: ", pb_error_message());
    if (of.found == 0)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "product %s has no %sversion%s", product, asked > 0 ? "such " : "other ",
                       asked > 0 ? "" : " than the one that is active");
    *out = of.found;
    return station_db_activate(self->writer, product, of.found, station_now_ms(), "station activate", "");
}

pb_status station_activate(const char *folder, const char *product, int64_t version, int64_t *out)
{
    static station self;
    self = (station){.lock = -1};
    pthread_mutex_init(&self.changing, NULL);
    pb_status status = name_paths(folder, &self);
    if (status == PB_STATUS_OK)
        status = activate_in(&self, product, version, out);
    station_close(&self);
    return status;
}
