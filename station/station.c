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

static pb_status load_active(station *self, const char *product)
{
    int64_t active;
    station_version version;
    station_bank *bank;
    bool found = false;
    PB_TRY(station_db_active(self->writer, product, &active));
    if (active > 0)
        PB_TRY(station_db_version(self->writer, product, active, &version, &found));
    if (!found)
        return pb_fail(PB_STATUS_BAD_FORMAT,
                       "product %s of station.json has no bank: purebank station init %s --product %s", product,
                       self->folder, product);
    const pb_status status = station_banks_load(self->banks, product, active, version.sha256, &bank);
    station_version_free(&version);
    if (status != PB_STATUS_OK)
        return status;
    station_banks_activate(self->banks, bank);
    station_bank_release(bank);
    return PB_STATUS_OK;
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

static pb_status add_product(station *self, const char *product, const char *bank_path, const char *backbone)
{
    pb_bank *bank = NULL;
    station_version version = {.time_ms = station_now_ms(), .author = "station init", .action = "import"};
    PB_TRY(pb_bank_load(bank_path, &bank));
    snprintf(version.product, sizeof version.product, "%s", product);
    snprintf(version.reason, sizeof version.reason, "the first bank of the product");
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

static pb_status name_product(station_config *config, const char *product, const char *backbone)
{
    if (!station_name_is_valid(product))
        return pb_fail(
            PB_STATUS_BAD_ARGUMENT,
            "'%s' is no name for a product: it begins with a letter or a digit, and has up to 64 letters, digits, "
            "'.', '_' and '-'",
            product);
    if (station_config_find(config, product) >= 0)
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "the station has a product %s already", product);
    if (config->n_products == STATION_MAX_PRODUCTS)
        return pb_fail(PB_STATUS_LIMIT, "a station has at most %d products", STATION_MAX_PRODUCTS);
    station_config_product *entry = &config->product[config->n_products++];
    snprintf(entry->name, sizeof entry->name, "%s", product);
    if (backbone && snprintf(entry->backbone, sizeof entry->backbone, "%s", backbone) >= (int)sizeof entry->backbone)
        return pb_fail(PB_STATUS_LIMIT, "the name of the backbone is too long");
    return PB_STATUS_OK;
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
    PB_TRY(name_product(&self->config, product, backbone));
    PB_TRY(station_make_folder(self->banks_folder));
    PB_TRY(station_make_folder(self->photos));
    PB_TRY(station_db_open(self->database, true, &self->writer));
    PB_TRY(station_banks_new(self->banks_folder, &self->config, &self->banks));
    PB_TRY(add_product(self, product, bank, backbone));
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
