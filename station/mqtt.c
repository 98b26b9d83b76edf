#include "station/mqtt.h"

#include <stdio.h>
#include <string.h>

#include <mosquitto.h>

#include "base/memory.h"
#include "base/parse.h"

enum { MOST_WAITING = 5000, KEEP_ALIVE_SECONDS = 30, LONGEST_RETRY_SECONDS = 20 };

struct station_mqtt {
    struct mosquitto *client;
    station_metrics *metrics;
    _Atomic int64_t waiting; /* published, and not acknowledged */
};

typedef struct broker {
    char host[256], user[128], password[128];
    int64_t port;
    bool secure;
} broker;

static bool take(const char *text, size_t n, char *out, size_t size)
{
    if (n >= size)
        return false;
    memcpy(out, text, n);
    out[n] = '\0';
    return true;
}

static bool parse_url(const char *url, broker *out)
{
    static const char plain[] = "mqtt://", secure[] = "mqtts://";
    *out = (broker){.port = 1883};
    if (strncmp(url, secure, sizeof secure - 1) == 0) {
        out->secure = true;
        out->port = 8883;
        url += sizeof secure - 1;
    } else if (strncmp(url, plain, sizeof plain - 1) == 0) {
        url += sizeof plain - 1;
    } else {
        return false;
    }
    const char *at = strrchr(url, '@');
    if (at) {
        const size_t n = strcspn(url, ":@");
        const char *password = url[n] == ':' ? url + n + 1 : at;
        if (!take(url, n, out->user, sizeof out->user) ||
            !take(password, (size_t)(at - password), out->password, sizeof out->password))
            return false;
        url = at + 1;
    }
    const char *colon = strrchr(url, ':');
    const size_t n = colon ? (size_t)(colon - url) : strcspn(url, "/");
    return take(url, n, out->host, sizeof out->host) && out->host[0] && !strchr(out->host, '/') &&
           (!colon || pb_item_integer(pb_item_of(colon + 1), 1, 65535, &out->port));
}

static void on_connect(struct mosquitto *client, void *context, int code)
{
    station_mqtt *mqtt = context;
    (void)client;
    atomic_store(&mqtt->metrics->mqtt_connected, code == 0);
}

static void on_disconnect(struct mosquitto *client, void *context, int code)
{
    station_mqtt *mqtt = context;
    (void)client;
    (void)code;
    atomic_store(&mqtt->metrics->mqtt_connected, 0);
}

static void on_publish(struct mosquitto *client, void *context, int message)
{
    station_mqtt *mqtt = context;
    (void)client;
    (void)message;
    atomic_fetch_sub(&mqtt->waiting, 1);
    atomic_fetch_add(&mqtt->metrics->mqtt_sent, 1);
}

static pb_status connect_to(station_mqtt *mqtt, const broker *to, const char *url)
{
    mosquitto_connect_callback_set(mqtt->client, on_connect);
    mosquitto_disconnect_callback_set(mqtt->client, on_disconnect);
    mosquitto_publish_callback_set(mqtt->client, on_publish);
    mosquitto_reconnect_delay_set(mqtt->client, 1, LONGEST_RETRY_SECONDS, true);
    int error = to->user[0] ? mosquitto_username_pw_set(mqtt->client, to->user, to->password) : MOSQ_ERR_SUCCESS;
    if (error == MOSQ_ERR_SUCCESS && to->secure)
        error = mosquitto_tls_set(mqtt->client, NULL, "/etc/ssl/certs", NULL, NULL, NULL);
    if (error == MOSQ_ERR_SUCCESS)
        error = mosquitto_loop_start(mqtt->client);
    if (error == MOSQ_ERR_SUCCESS) /* a broker that is not there yet is no error: the loop tries again */
        error = mosquitto_connect_async(mqtt->client, to->host, (int)to->port, KEEP_ALIVE_SECONDS);
    if (error == MOSQ_ERR_SUCCESS || error == MOSQ_ERR_ERRNO || error == MOSQ_ERR_EAI || error == MOSQ_ERR_NO_CONN)
        return PB_STATUS_OK;
    return pb_fail(PB_STATUS_BAD_ARGUMENT, "cannot use the broker %s: %s", url, mosquitto_strerror(error));
}

pb_status station_mqtt_open(const char *url, station_metrics *metrics, station_mqtt **out)
{
    broker to;
    station_mqtt *mqtt;
    if (!parse_url(url, &to))
        return pb_fail(PB_STATUS_BAD_ARGUMENT, "a broker is named as mqtt://host or mqtt://user:password@host:port");
    PB_TRY(PB_NEW(mqtt, 1));
    mosquitto_lib_init();
    mqtt->metrics = metrics;
    mqtt->client = mosquitto_new(NULL, true, mqtt);
    const pb_status status =
        mqtt->client ? connect_to(mqtt, &to, to.host) : pb_fail(PB_STATUS_NO_MEMORY, "out of memory");
    if (status != PB_STATUS_OK) {
        station_mqtt_close(mqtt);
        return status;
    }
    *out = mqtt;
    return PB_STATUS_OK;
}

void station_mqtt_tell(station_mqtt *mqtt, const char *product, const char *data)
{
    char topic[128];
    if (!mqtt)
        return;
    snprintf(topic, sizeof topic, "purebank/%s/verdict", product);
    /* Before it can be acknowledged. */
    const bool room = atomic_fetch_add(&mqtt->waiting, 1) < MOST_WAITING;
    if (room && mosquitto_publish(mqtt->client, NULL, topic, (int)strlen(data), data, 1, false) == MOSQ_ERR_SUCCESS)
        return;
    atomic_fetch_sub(&mqtt->waiting, 1);
    atomic_fetch_add(&mqtt->metrics->mqtt_dropped, 1);
}

void station_mqtt_close(station_mqtt *mqtt)
{
    if (!mqtt)
        return;
    if (mqtt->client) {
        mosquitto_disconnect(mqtt->client);
        mosquitto_loop_stop(mqtt->client, true);
        mosquitto_destroy(mqtt->client);
    }
    mosquitto_lib_cleanup();
    pb_free(mqtt);
}
