/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/format.h"

#include <errno.h>
#include <string.h>

#include "format/collector.h"
#include "format/lwm2m-cbor.h"
#include "format/old-json.h"
#include "format/opaque.h"
#include "format/plain-cbor.h"
#include "format/senml-cbor.h"
#include "format/senml-json.h"
#include "format/text.h"
#include "format/tlv.h"

/* Either the first two, for formats whose payload does not say where it belongs, or the others. */
typedef struct FormatCodec {
        int format;
        int (*encode)(Path base, const ObjectDefinition *object, const Records *records,
                      ByteWriter *writer);
        int (*decode)(Path base, const ObjectDefinition *object, const void *data, size_t len,
                      Records *records);

        int (*encode_any)(const Records *records, const int64_t *times, ByteWriter *writer);
        int (*decode_any)(Collector *collector, const void *data, size_t len);
        int (*decode_paths)(const void *data, size_t len, PathList *paths);
        bool is_etch; /* only for composite operations, where null deletes (RFC 8790) */
} FormatCodec;

static const FormatCodec codecs[] = {
        {FORMAT_TEXT, text_encode, text_decode},
        {FORMAT_OPAQUE, opaque_encode, opaque_decode},
        {FORMAT_CBOR, plain_cbor_encode, plain_cbor_decode},
        {FORMAT_TLV, tlv_encode, tlv_decode},
        {FORMAT_SENML_JSON, NULL, NULL, senml_json_encode, senml_json_decode,
         senml_json_decode_paths},
        {FORMAT_SENML_CBOR, NULL, NULL, senml_cbor_encode, senml_cbor_decode,
         senml_cbor_decode_paths},
        {FORMAT_SENML_ETCH_JSON, NULL, NULL, NULL, senml_json_decode, senml_json_decode_paths,
         true},
        {FORMAT_SENML_ETCH_CBOR, NULL, NULL, NULL, senml_cbor_decode, senml_cbor_decode_paths,
         true},
        {FORMAT_OLD_JSON, NULL, NULL, old_json_encode, old_json_decode, NULL},
        {FORMAT_LWM2M_CBOR, NULL, NULL, lwm2m_cbor_encode, lwm2m_cbor_decode,
         lwm2m_cbor_decode_paths},
};

static const FormatCodec *codec_find(int format)
{
        for (size_t i = 0; i < G_N_ELEMENTS(codecs); i++) {
                if (codecs[i].format == format)
                        return &codecs[i];
        }
        return NULL;
}

bool format_can_decode(int format)
{
        const FormatCodec *codec = codec_find(format);

        return codec && !codec->is_etch && (codec->decode || codec->decode_any);
}

bool format_can_encode(int format)
{
        const FormatCodec *codec = codec_find(format);

        return codec && (codec->encode || codec->encode_any);
}

int format_encode(int format, Path base, const ObjectDefinition *object, const Records *records,
                  ByteWriter *writer)
{
        const FormatCodec *codec = codec_find(format);
        int r;

        if (!format_can_encode(format))
                return -ENOTSUP;

        r = codec->encode ? codec->encode(base, object, records, writer)
                          : codec->encode_any(records, NULL, writer);
        return r < 0 ? r : byte_writer_result(writer);
}

static int decode_any(const FormatCodec *codec, Collector *collector, const void *data, size_t len)
{
        int r;

        collector->may_delete = codec->is_etch;
        r = codec->decode_any(collector, data, len);
        return r < 0 ? r : collector_finish(collector);
}

int format_decode(int format, Path base, const ObjectDefinition *object, const void *data,
                  size_t len, Records **ret)
{
        g_autoptr(Records) records = records_new();
        Collector collector = {.base = base, .object = object, .records = records};
        const FormatCodec *codec = codec_find(format);
        int r;

        if (!format_can_decode(format) || base.level == PATH_ROOT)
                return -ENOTSUP;

        r = codec->decode ? codec->decode(base, object, data, len, records)
                          : decode_any(codec, &collector, data, len);
        if (r < 0)
                return r;

        *ret = g_steal_pointer(&records);
        return 0;
}

int format_default(Path base, const ObjectDefinition *object, const char *lwm2m_version)
{
        int structured = strcmp(lwm2m_version, "1.0") == 0 ? FORMAT_TLV : FORMAT_SENML_CBOR;
        const ResourceDefinition *resource;

        if (base.level < PATH_RESOURCE)
                return structured;

        resource = definition_find_resource(object, base.id[2]);
        if (!resource || (resource->multiple && base.level == PATH_RESOURCE))
                return structured;
        return resource->type == VALUE_OPAQUE ? FORMAT_OPAQUE : FORMAT_TEXT;
}

bool format_can_composite(int format)
{
        const FormatCodec *codec = codec_find(format);

        return codec && codec->decode_paths;
}

int format_encode_composite(int format, const Records *records, const int64_t *times,
                            ByteWriter *writer)
{
        const FormatCodec *codec = codec_find(format);
        int r;

        if (!codec || !codec->encode_any)
                return -ENOTSUP;

        r = codec->encode_any(records, times, writer);
        return r < 0 ? r : byte_writer_result(writer);
}

int format_decode_composite(int format, DefinitionLookup lookup, void *user, const void *data,
                            size_t len, Records **ret)
{
        g_autoptr(Records) records = records_new();
        Collector collector = {
                .base = path_root(),
                .lookup = lookup,
                .lookup_user = user,
                .records = records,
        };
        int r;

        if (!format_can_composite(format))
                return -ENOTSUP;

        r = decode_any(codec_find(format), &collector, data, len);
        if (r < 0)
                return r;

        *ret = g_steal_pointer(&records);
        return 0;
}

int format_decode_paths(int format, const void *data, size_t len, PathList **ret)
{
        g_autoptr(PathList) paths = path_list_new();
        int r;

        if (!format_can_composite(format))
                return -ENOTSUP;

        r = codec_find(format)->decode_paths(data, len, paths);
        if (r < 0)
                return r;

        *ret = g_steal_pointer(&paths);
        return 0;
}
