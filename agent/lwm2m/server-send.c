/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Send (Core 6.4.6): values that a server is told unasked. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "format/format.h"
#include "lwm2m/server-impl.h"
#include "lwm2m/server.h"

typedef struct Send {
        Sends *sends; /* NULL: gone, only the object's promise keeps this */
        Composite *composite;
        ServerDone done; /* NULL: nobody waits */
        void *user;
        CoapExchange *exchange;
        bool refreshing; /* an object will still answer */
        bool finished;
        int result;
} Send;

struct Sends {
        Server *server;
        GPtrArray *list; /* of Send */
        Timer *timer;    /* tells who waits, from a turn of its own */
};

static void send_free(Send *send)
{
        composite_unref(send->composite);
        g_free(send);
}

static void send_finish(Send *send, int result)
{
        send->exchange = NULL;
        if (send->finished)
                return;
        send->finished = true;
        send->result = result;
        timer_arm_in(send->sends->timer, 0);
}

/* One at a time: who is told may begin or forget another. */
static bool tell_one(Sends *sends)
{
        for (guint i = 0; i < sends->list->len; i++) {
                Send *send = g_ptr_array_index(sends->list, i);
                ServerDone done = g_steal_pointer(&send->done);
                void *user = send->user;
                int result = send->result;

                if (!send->finished) {
                        send->done = done;
                        continue;
                }
                if (send->refreshing && !done)
                        continue;
                if (!send->refreshing) {
                        g_ptr_array_remove_index(sends->list, i);
                        send_free(send);
                }
                if (done)
                        done(sends->server, result, user);
                return true;
        }
        return false;
}

static void sends_on_timer(void *user)
{
        while (tell_one(user))
                ;
}

Sends *sends_new(Server *server)
{
        Sends *sends = g_new0(Sends, 1);

        sends->server = server;
        sends->list = g_ptr_array_new();
        sends->timer = timer_new(server->context->clock, sends_on_timer, sends);
        return sends;
}

static void abort_all(Sends *sends, int error)
{
        for (guint i = 0; i < sends->list->len; i++) {
                Send *send = g_ptr_array_index(sends->list, i);

                g_clear_pointer(&send->exchange, exchange_cancel);
                send_finish(send, error);
        }
}

void sends_free(Sends *sends)
{
        if (!sends)
                return;
        abort_all(sends, -ECANCELED);
        sends_on_timer(sends);
        for (guint i = 0; i < sends->list->len; i++)
                ((Send *) g_ptr_array_index(sends->list, i))->sends = NULL;
        timer_free(sends->timer);
        g_ptr_array_unref(sends->list);
        g_free(sends);
}

void sends_abort(Sends *sends)
{
        abort_all(sends, -ENOTCONN);
}

void sends_forget(Sends *sends, ServerDone done, void *user)
{
        for (guint i = 0; i < sends->list->len; i++) {
                Send *send = g_ptr_array_index(sends->list, i);

                if (send->done == done && send->user == user)
                        send->done = NULL;
        }
}

/* ---- What may be sent ------------------------------------------------------------ */

static int check_server(const Server *server)
{
        if ((server->state != SERVER_REGISTERED && server->state != SERVER_UPDATING) ||
            !server->transport)
                return -ENOTCONN;
        if (strcmp(server->registration.version, "1.0") == 0)
                return -EPROTONOSUPPORT;
        return server->account.mute_send == MUTE_SEND_OFF ? 0 : -ESHUTDOWN;
}

static int check_path(const Server *server, Path path)
{
        const ResourceDefinition *resource;
        Object *object;
        int r;

        if (path.level == PATH_ROOT)
                return -EINVAL;
        r = requester_may(&server->requester, path, ACCESS_READ);
        if (r < 0)
                return r;
        object = tree_find(server->requester.tree, path.id[0]);
        r = object ? object_has(object, path) : -ENOENT;
        if (r < 0)
                return r;
        if (!registration_has_object(&server->registration, path.id[0]))
                return -EAGAIN;
        if (path.level < PATH_RESOURCE)
                return 0;
        resource = definition_find_resource(object->definition, path.id[2]);
        return resource && resource->operations & OP_R ? 0 : -EPERM;
}

static int check(const Server *server, const PathList *paths, int format, Path *ret_path)
{
        int r = check_server(server);

        *ret_path = path_root();
        if (r < 0)
                return r;
        if (!format_can_composite(format) || !format_can_encode(format))
                return -ENOTSUP;
        if (path_list_len(paths) == 0)
                return -EINVAL;
        for (size_t i = 0; i < path_list_len(paths); i++) {
                r = check_path(server, path_list_get(paths, i));
                if (r < 0) {
                        *ret_path = path_list_get(paths, i);
                        return r;
                }
        }
        return server->sends->list->len < SERVER_MAX_SENDS ? 0 : -EBUSY;
}

/* ---- Sending --------------------------------------------------------------------- */

/* It may have forgotten us, or be gone (Core 6.4.6). */
static void ask_server(Server *server, int result, const CoapMessage *response, const char *text)
{
        if (server->state != SERVER_REGISTERED)
                return; /* an Update is under way, whose answer will tell */
        if (result == -ETIMEDOUT)
                server_trigger(server, true, false);
        else if (result == 0 && response->code == COAP_NOT_FOUND)
                server_repair(server, -ECONNREFUSED, text);
}

static void send_on_answer(int result, const CoapMessage *response, void *user)
{
        Send *send = user;
        Server *server = send->sends->server;
        g_autofree char *answer = NULL;
        g_autofree char *text = NULL;
        int error;

        if (result == 0 && response->code == COAP_CHANGED) {
                server->totals.sends++;
                send_finish(send, 0);
                return;
        }
        answer = server_answer_text(server, result, response);
        text = g_strdup_printf("send: %s", answer);
        error = server_answer_error(result, response);
        log_warning(server->name, "%s", text);
        server_note_error(server, error, text);
        send_finish(send, error);
        ask_server(server, result, response, text);
}

static int send_request(Send *send)
{
        Server *server = send->sends->server;
        CoapMessage message = {.type = COAP_CON, .code = COAP_POST};
        int r = check_server(server);

        if (r == 0)
                r = composite_make(&server->requester, send->composite, &message.payload,
                                   &message.payload_len);
        for (char *const *segment = server->uri.path; r == 0 && segment && *segment; segment++)
                r = coap_message_add_text(&message, COAP_OPTION_URI_PATH, *segment);
        if (r < 0)
                return r;
        coap_message_add_text(&message, COAP_OPTION_URI_PATH, "dp");
        coap_message_add_uint(&message, COAP_OPTION_CONTENT_FORMAT,
                              (uint32_t) composite_format(send->composite));
        r = endpoint_request(transport_endpoint(server->transport), &message, send_on_answer, send,
                             &send->exchange);
        if (r == 0)
                server->totals.requests_out++;
        return r;
}

static void send_on_refreshed(int result, void *user)
{
        Send *send = user;

        if (!send->sends) {
                send_free(send);
                return;
        }
        send->refreshing = false;
        if (send->finished) {
                timer_arm_in(send->sends->timer, 0);
                return;
        }
        if (result == 0)
                result = send_request(send);
        if (result < 0)
                send_finish(send, result);
}

int server_send_values(Server *server, const PathList *paths, int format, ServerDone done,
                       void *user, Path *ret_path)
{
        int r = check(server, paths, format, ret_path);
        Send *send;

        if (r < 0)
                return r;
        send = g_new0(Send, 1);
        send->sends = server->sends;
        send->composite = composite_new(paths, format, NULL, 0);
        send->done = done;
        send->user = user;
        r = composite_refresh(&server->requester, send->composite, send_on_refreshed, send);
        send->refreshing = r == -EINPROGRESS;
        if (r == 0)
                r = send_request(send);
        if (r < 0 && r != -EINPROGRESS) {
                send_free(send);
                return r;
        }
        g_ptr_array_add(server->sends->list, send);
        return done ? 1 : 0;
}
