/* A message a part to an MQTT broker. */
#ifndef PB_STATION_MQTT_H
#define PB_STATION_MQTT_H

#include "station/metrics.h"

#include "base/error.h"

typedef struct station_mqtt station_mqtt;

/* @param url "mqtt://[user:password@]host[:port]", or "mqtts://" for TLS with the system's authorities. The broker need not be there
 *             yet: it is tried again for as long as the station runs
 *  @return PB_STATUS_UNSUPPORTED where the program was built without libmosquitto */
pb_status station_mqtt_open(const char *url, station_metrics *metrics, station_mqtt **out);
/* To purebank/PRODUCT/verdict, quality of service 1. While the broker is away some thousand messages wait; what comes on top is dropped
 * and counted. */
void station_mqtt_tell(station_mqtt *mqtt, const char *product, const char *data);
void station_mqtt_close(station_mqtt *mqtt);

#endif
