/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/requester.h"

/* Memory of an unusually long payload is given back. */
#define PAYLOAD_KEEP (16 * 1024)

void requester_init(Requester *requester, Tree *tree, size_t max_payload)
{
        *requester = (Requester){
                .tree = tree,
                .attributes = attributes_new(),
                .records = records_new(),
                .payload = byte_writer_growing(max_payload),
                .lwm2m_version = "",
        };
}

void requester_clear(Requester *requester)
{
        g_clear_pointer(&requester->attributes, attributes_free);
        g_clear_pointer(&requester->records, records_free);
        byte_writer_clear(&requester->payload);
}

void requester_restart_payload(Requester *requester)
{
        ByteWriter *payload = &requester->payload;
        size_t limit = payload->limit;

        if (payload->size > PAYLOAD_KEEP) {
                byte_writer_clear(payload);
                *payload = byte_writer_growing(limit);
        }
        payload->len = 0;
        payload->failed = false;
}

int requester_may(const Requester *requester, Path path, AccessRight right)
{
        return access_check(requester->ssid, path, right, requester->server_instance,
                            requester->single);
}
