/* Stands in where libmosquitto was not there to build with. */
#include "station/mqtt.h"

pb_status station_mqtt_open(const char *url, station_metrics *metrics, station_mqtt **out)
{
    (void)url;
    (void)metrics;
    *out = NULL;
    return pb_fail(PB_STATUS_UNSUPPORTED, "this purebank was built without libmosquitto: install it (Debian: apt "
                                          "install libmosquitto-dev) and build again");
}

void station_mqtt_tell(station_mqtt *mqtt, const char *product, const char *data)
{
    (void)mqtt;
    (void)product;
    (void)data;
}

void station_mqtt_close(station_mqtt *mqtt)
{
    (void)mqtt;
}
