/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A registration as its server knows it, and the messages that make, change and end it (Core 6.2;
 * LwM2M Transport, 6.4.3). Builds and reads messages; sends nothing and has no time.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "coap/message.h"
#include "model/tree.h"

/* The longest object list. */
#define REGISTRATION_MAX_OBJECTS (64 * 1024)
/* The most segments and query parameters of a location that is taken from a server. */
#define REGISTRATION_MAX_LOCATION 8

/* What we want the server to know. */
typedef struct RegistrationWish {
        const char *version;  /* "1.1", "1.0" */
        const char *endpoint; /* endpoint client name */
        uint32_t lifetime;
        const char *binding; /* /1/x/7; a Q in it asks for queue mode */
        char *const *path;   /* of the server's URI: segments, NULL at the end */
        const char *number;  /* our MSISDN without '+' (TS 23.003, 3.3), or NULL */
} RegistrationWish;

typedef struct Registration {
        bool valid; /* the server has accepted it, and not refused it since */
        char version[4];
        uint32_t lifetime;
        char *binding;
        char *number;        /* NULL: not told */
        char *objects;       /* the object list it has */
        GPtrArray *location; /* Location-Path, segments */
        GPtrArray *queries;  /* Location-Query */
        char *location_text; /* "/rd/5a3f" */

        /* What the request under way says, to be true when it is accepted. */
        struct {
                char version[4];
                uint32_t lifetime;
                char *binding;
                char *number;
                char *objects; /* NULL: not part of it */
        } offer;
        GPtrArray *texts; /* what the options of the message last built point to */
} Registration;

void registration_init(Registration *registration);
void registration_clear(Registration *registration);

/* The server does not know us, or no more. */
void registration_forget(Registration *registration);

/* Each builds `ret`, which points into `registration`, until the next one is built. -EMSGSIZE: the
 * object list or an option is too long. */
int registration_build_register(Registration *registration, const RegistrationWish *wish,
                                const Tree *tree, CoapMessage *ret);

/* Says what differs and nothing else; `with_objects`: the list in any case. */
int registration_build_update(Registration *registration, const RegistrationWish *wish,
                              const Tree *tree, bool with_objects, CoapMessage *ret);
int registration_build_deregister(Registration *registration, CoapMessage *ret);

/* The Register was answered 2.01. -EBADMSG: without Location-Path, or with one that is too long. */
int registration_accept(Registration *registration, const CoapMessage *response);

/* The Update was answered 2.04. */
void registration_accept_update(Registration *registration);

/* Whether an Update would say anything. */
bool registration_differs(const Registration *registration, const RegistrationWish *wish,
                          const Tree *tree);

/* Whether the server was told of the object. */
bool registration_has_object(const Registration *registration, uint16_t object);

/* Whether what differs can only be said by a Register: the version, or in 1.1 queue mode (in 1.0 it
 * is in the binding, which an Update says). */
bool registration_needs_register(const Registration *registration, const RegistrationWish *wish);
