/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format/format.h"

#include <errno.h>

#include "format/opaque.h"
#include "format/text.h"
#include "format/tlv.h"

typedef struct FormatCodec {
        int format;
        int (*encode)(Path base, const ObjectDefinition *object, const Records *records,
                      ByteWriter *writer);
        int (*decode)(Path base, const ObjectDefinition *object, const void *data, size_t len,
                      Records *records);
} FormatCodec;

static const FormatCodec codecs[] = {
        {FORMAT_TEXT, text_encode, text_decode},
        {FORMAT_OPAQUE, opaque_encode, opaque_decode},
        {FORMAT_TLV, tlv_encode, tlv_decode},
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

        return codec && codec->decode;
}

bool format_can_encode(int format)
{
        const FormatCodec *codec = codec_find(format);

        return codec && codec->encode;
}

int format_encode(int format, Path base, const ObjectDefinition *object, const Records *records,
                  ByteWriter *writer)
{
        int r;

        if (!format_can_encode(format))
                return -ENOTSUP;

        r = codec_find(format)->encode(base, object, records, writer);
        return r < 0 ? r : byte_writer_result(writer);
}

int format_decode(int format, Path base, const ObjectDefinition *object, const void *data,
                  size_t len, Records **ret)
{
        g_autoptr(Records) records = records_new();
        int r;

        if (!format_can_decode(format))
                return -ENOTSUP;

        r = codec_find(format)->decode(base, object, data, len, records);
        if (r < 0)
                return r;

        *ret = g_steal_pointer(&records);
        return 0;
}

int format_default(Path base, const ObjectDefinition *object)
{
        const ResourceDefinition *resource;

        if (base.level < PATH_RESOURCE)
                return FORMAT_TLV;

        resource = definition_find_resource(object, base.id[2]);
        if (!resource || (resource->multiple && base.level == PATH_RESOURCE))
                return FORMAT_TLV;
        return resource->type == VALUE_OPAQUE ? FORMAT_OPAQUE : FORMAT_TEXT;
}
