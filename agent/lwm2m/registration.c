/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lwm2m/registration.h"

#include <errno.h>
#include <string.h>

#include "format/corelink.h"
#include "format/format.h"

/* 1.0 knows no list: TLV goes without saying. */
#define ROOT_LINK_1_1 "</>;rt=\"oma.lwm2m\";ct=\"" FORMAT_LIST "\""

/* RFC 7252, 5.10 */
#define OPTION_MAX_LENGTH 255

void registration_init(Registration *registration)
{
        *registration = (Registration){
                .location = g_ptr_array_new_with_free_func(g_free),
                .queries = g_ptr_array_new_with_free_func(g_free),
                .texts = g_ptr_array_new_with_free_func(g_free),
        };
}

static void offer_clear(Registration *registration)
{
        g_clear_pointer(&registration->offer.binding, g_free);
        g_clear_pointer(&registration->offer.number, g_free);
        g_clear_pointer(&registration->offer.objects, g_free);
}

void registration_forget(Registration *registration)
{
        registration->valid = false;
        registration->version[0] = '\0';
        registration->lifetime = 0;
        g_clear_pointer(&registration->binding, g_free);
        g_clear_pointer(&registration->number, g_free);
        g_clear_pointer(&registration->objects, g_free);
        g_clear_pointer(&registration->location_text, g_free);
        g_ptr_array_set_size(registration->location, 0);
        g_ptr_array_set_size(registration->queries, 0);
}

void registration_clear(Registration *registration)
{
        registration_forget(registration);
        offer_clear(registration);
        g_clear_pointer(&registration->location, g_ptr_array_unref);
        g_clear_pointer(&registration->queries, g_ptr_array_unref);
        g_clear_pointer(&registration->texts, g_ptr_array_unref);
}

/* ---- Building ---- */

static int object_list(const Tree *tree, const char *version, char **ret)
{
        ByteWriter writer = byte_writer_growing(REGISTRATION_MAX_OBJECTS);
        const char *root = strcmp(version, "1.0") == 0 ? NULL : ROOT_LINK_1_1;
        size_t len;
        int r;

        r = corelink_write_objects(tree, version, root, &writer);
        byte_writer_u8(&writer, '\0');
        if (r == 0)
                r = byte_writer_result(&writer);
        if (r < 0)
                byte_writer_clear(&writer);
        else
                *ret = (char *) byte_writer_steal(&writer, &len);
        return r;
}

/* Takes over `text`. */
static int add_text(Registration *registration, CoapMessage *message, uint16_t number, char *text)
{
        g_ptr_array_add(registration->texts, text);
        if (strlen(text) > OPTION_MAX_LENGTH)
                return -EMSGSIZE;
        return coap_message_add_text(message, number, text);
}

static bool wants_queue(const char *binding)
{
        return strchr(binding, 'Q') != NULL;
}

/* Core 1.0, 5.3.1.1: U, UQ, S, SQ, US or UQS. */
static char *name_of_1_0(const char *binding)
{
        bool udp = strchr(binding, 'U'), sms = strchr(binding, 'S');
        const char *queue = wants_queue(binding) ? "Q" : "";

        return udp ? g_strconcat("U", queue, sms ? "S" : "", NULL) : g_strconcat("S", queue, NULL);
}

static char *without_queue(const char *binding)
{
        GString *letters = g_string_new(NULL);

        for (const char *letter = binding; *letter; letter++) {
                if (*letter != 'Q')
                        g_string_append_c(letters, *letter);
        }
        return g_string_free(letters, FALSE);
}

/* 1.0 has queue mode in the value of "b", 1.1 a set of letters there and a "Q" of its own
 * (Core 6.2.1). */
static int add_binding(Registration *registration, const RegistrationWish *wish,
                       CoapMessage *message)
{
        bool old = strcmp(wish->version, "1.0") == 0;
        g_autofree char *letters = old ? name_of_1_0(wish->binding) : without_queue(wish->binding);

        return add_text(registration, message, COAP_OPTION_URI_QUERY,
                        g_strconcat("b=", letters, NULL));
}

/* An empty value is invalid: a number that is not known is left out. */
static int add_number(Registration *registration, const RegistrationWish *wish,
                      CoapMessage *message)
{
        if (!wish->number)
                return 0;
        return add_text(registration, message, COAP_OPTION_URI_QUERY,
                        g_strconcat("sms=", wish->number, NULL));
}

/* A number that is no longer known cannot be taken back. */
static bool number_differs(const Registration *registration, const RegistrationWish *wish)
{
        return wish->number && g_strcmp0(wish->number, registration->number) != 0;
}

static void add_objects(Registration *registration, CoapMessage *message)
{
        coap_message_add_uint(message, COAP_OPTION_CONTENT_FORMAT, FORMAT_LINK);
        message->payload = (const uint8_t *) registration->offer.objects;
        message->payload_len = strlen(registration->offer.objects);
}

static void offer_begin(Registration *registration, const RegistrationWish *wish)
{
        offer_clear(registration);
        g_ptr_array_set_size(registration->texts, 0);
        g_strlcpy(registration->offer.version, wish->version, sizeof(registration->offer.version));
        registration->offer.lifetime = wish->lifetime;
        registration->offer.binding = g_strdup(wish->binding);
        registration->offer.number = g_strdup(wish->number);
}

int registration_build_register(Registration *registration, const RegistrationWish *wish,
                                const Tree *tree, CoapMessage *ret)
{
        CoapMessage message = {.type = COAP_CON, .code = COAP_POST};
        int r;

        offer_begin(registration, wish);
        r = object_list(tree, wish->version, &registration->offer.objects);
        for (char *const *segment = wish->path; r == 0 && segment && *segment; segment++)
                r = add_text(registration, &message, COAP_OPTION_URI_PATH, g_strdup(*segment));
        if (r == 0)
                r = add_text(registration, &message, COAP_OPTION_URI_PATH, g_strdup("rd"));
        if (r == 0)
                r = add_text(registration, &message, COAP_OPTION_URI_QUERY,
                             g_strconcat("lwm2m=", wish->version, NULL));
        if (r == 0)
                r = add_text(registration, &message, COAP_OPTION_URI_QUERY,
                             g_strconcat("ep=", wish->endpoint, NULL));
        if (r == 0)
                r = add_text(registration, &message, COAP_OPTION_URI_QUERY,
                             g_strdup_printf("lt=%u", wish->lifetime));
        if (r == 0)
                r = add_binding(registration, wish, &message);
        if (r == 0 && strcmp(wish->version, "1.0") != 0 && wants_queue(wish->binding))
                r = add_text(registration, &message, COAP_OPTION_URI_QUERY, g_strdup("Q"));
        if (r == 0)
                r = add_number(registration, wish, &message);
        if (r < 0)
                return r;
        add_objects(registration, &message);
        *ret = message;
        return 0;
}

static int add_location(Registration *registration, CoapMessage *message)
{
        int r = 0;

        for (guint i = 0; r == 0 && i < registration->location->len; i++)
                r = coap_message_add_text(message, COAP_OPTION_URI_PATH,
                                          g_ptr_array_index(registration->location, i));
        for (guint i = 0; r == 0 && i < registration->queries->len; i++)
                r = coap_message_add_text(message, COAP_OPTION_URI_QUERY,
                                          g_ptr_array_index(registration->queries, i));
        return r;
}

int registration_build_update(Registration *registration, const RegistrationWish *wish,
                              const Tree *tree, bool with_objects, CoapMessage *ret)
{
        CoapMessage message = {.type = COAP_CON, .code = COAP_POST};
        int r;

        offer_begin(registration, wish);
        r = object_list(tree, registration->version, &registration->offer.objects);
        if (r == 0)
                r = add_location(registration, &message);
        if (r == 0 && wish->lifetime != registration->lifetime)
                r = add_text(registration, &message, COAP_OPTION_URI_QUERY,
                             g_strdup_printf("lt=%u", wish->lifetime));
        if (r == 0 && strcmp(wish->binding, registration->binding) != 0)
                r = add_binding(registration, wish, &message);
        if (r == 0 && number_differs(registration, wish))
                r = add_number(registration, wish, &message);
        if (r < 0)
                return r;
        if (with_objects || strcmp(registration->offer.objects, registration->objects) != 0)
                add_objects(registration, &message);
        *ret = message;
        return 0;
}

int registration_build_deregister(Registration *registration, CoapMessage *ret)
{
        CoapMessage message = {.type = COAP_CON, .code = COAP_DELETE};
        int r;

        r = add_location(registration, &message);
        if (r == 0)
                *ret = message;
        return r;
}

/* ---- Reading answers ---- */

static char *option_text(const CoapOption *option)
{
        return option->len > 0 ? g_strndup((const char *) option->value, option->len)
                               : g_strdup("");
}

/* Some servers put "rd/5a3f" into one option. */
static int add_segments(GPtrArray *segments, const CoapOption *option)
{
        g_autofree char *text = option_text(option);
        g_auto(GStrv) parts = g_strsplit(text, "/", -1);

        for (char **part = parts; *part; part++) {
                if (**part == '\0')
                        continue;
                if (segments->len == REGISTRATION_MAX_LOCATION)
                        return -EBADMSG;
                g_ptr_array_add(segments, g_strdup(*part));
        }
        return 0;
}

static char *join_segments(const GPtrArray *segments)
{
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < segments->len; i++)
                g_string_append_printf(text, "/%s", (const char *) g_ptr_array_index(segments, i));
        return g_string_free(text, FALSE);
}

static void take_offer(Registration *registration)
{
        memcpy(registration->version, registration->offer.version, sizeof(registration->version));
        registration->lifetime = registration->offer.lifetime;
        g_free(registration->binding);
        registration->binding = g_steal_pointer(&registration->offer.binding);
        if (registration->offer.number) {
                g_free(registration->number);
                registration->number = g_steal_pointer(&registration->offer.number);
        }
        if (!registration->offer.objects)
                return;
        g_free(registration->objects);
        registration->objects = g_steal_pointer(&registration->offer.objects);
}

int registration_accept(Registration *registration, const CoapMessage *response)
{
        const CoapOption *option;
        size_t position = 0;
        int r = 0;

        registration_forget(registration);
        while (r == 0 &&
               (option = coap_message_next(response, COAP_OPTION_LOCATION_PATH, &position)))
                r = add_segments(registration->location, option);
        position = 0;
        while (r == 0 &&
               (option = coap_message_next(response, COAP_OPTION_LOCATION_QUERY, &position))) {
                if (registration->queries->len == REGISTRATION_MAX_LOCATION)
                        r = -EBADMSG;
                else
                        g_ptr_array_add(registration->queries, option_text(option));
        }
        if (r < 0 || registration->location->len == 0) {
                registration_forget(registration);
                return -EBADMSG;
        }
        take_offer(registration);
        registration->location_text = join_segments(registration->location);
        registration->valid = true;
        return 0;
}

void registration_accept_update(Registration *registration)
{
        take_offer(registration);
}

bool registration_differs(const Registration *registration, const RegistrationWish *wish,
                          const Tree *tree)
{
        g_autofree char *objects = NULL;

        if (wish->lifetime != registration->lifetime ||
            g_strcmp0(wish->binding, registration->binding) != 0 ||
            number_differs(registration, wish))
                return true;
        if (object_list(tree, registration->version, &objects) < 0)
                return false;
        return g_strcmp0(objects, registration->objects) != 0;
}

bool registration_needs_register(const Registration *registration, const RegistrationWish *wish)
{
        return strcmp(registration->version, wish->version) != 0 ||
               (strcmp(wish->version, "1.0") != 0 &&
                wants_queue(registration->binding) != wants_queue(wish->binding));
}

bool registration_has_object(const Registration *registration, uint16_t object)
{
        g_autofree char *link = g_strdup_printf("</%u", object);
        const char *at = registration->objects;

        for (; at && (at = strstr(at, link)); at++) {
                char next = at[strlen(link)];

                if (next == '/' || next == '>')
                        return true;
        }
        return false;
}
