/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What qmi.c and the other qmi-*.c share. */

#include <libqmi-glib.h>

#include "backend.h"

#define QMI_NAME "qmi"

/* Seconds that the modem has to answer. */
#define QMI_TIMEOUT_S 10

/* The network's answer to a message sent comes behind retries of the radio. */
#define QMI_SEND_TIMEOUT_S 100

/* Messages taken note of in one list. */
#define QMI_MAX_LISTED 1024

typedef enum QmiPart {
        QMI_PART_WMS, /* short messages; the only one that must be there */
        QMI_PART_UIM, /* the card */
        QMI_PART_NAS, /* the network */
        QMI_PART_DMS, /* the own number */
        QMI_PARTS,
} QmiPart;

typedef struct QmiBackend {
        Backend backend; /* first */
        char *proxy;
        QmiDevice *device;
        QmiClient *clients[QMI_PARTS]; /* NULL: the modem has no such service */
        unsigned part;                 /* while opening or closing: the one that is its turn */
        bool gone;                     /* no use asking it for anything any more */
        bool deaf;                     /* while closing: takes nothing back either */

        GCancellable *opening;  /* NULL: not opening */
        GCancellable *commands; /* all that are under way; NULL: closed */
        BackendDone open_done;
        void *open_user;
        BackendDone close_done;
        void *close_user;

        bool card_locked;
        bool registered;
        bool network_known; /* it has told */
        unsigned refusals;  /* of the question for the network */
        unsigned sizes_pending;
        bool sizes_again; /* they may have changed since they were asked for */
} QmiBackend;

/* A request with its asker. Freed by its callback. */
typedef struct QmiRequest {
        QmiBackend *qmi;
        Place place;
        union {
                BackendDone done;
                BackendSent sent;
                BackendRead read;
        };
        void *user;
} QmiRequest;

QmiRequest *qmi_request_new(QmiBackend *qmi, const Place *place, void *user);

/* libqmi's error as errno, and the modem taken for gone where it is. */
int qmi_failed(QmiBackend *qmi, const GError *error);

/* A client whose service the modem has and that takes requests, or NULL. */
static inline gpointer qmi_client(const QmiBackend *qmi, QmiPart part)
{
        return qmi->gone || qmi->close_done ? NULL : qmi->clients[part];
}

/* ---- qmi-raw.c: what libqmi has no functions for, or none that can be trusted */

/* A message of WMS about one storage; `mode_tlv` is where it says that CDMA is not meant. The
 * caller's. There is a client. */
QmiMessage *qmi_raw_question(QmiBackend *qmi, guint16 id, QmiWmsStorageType storage,
                             guint8 mode_tlv);

/* 0, -ECONNREFUSED where the modem refuses, -EOPNOTSUPP where it always will, -EBADMSG. */
int qmi_raw_result(QmiMessage *answer);

/* ---- qmi-message.c */

void qmi_send(Backend *backend, const uint8_t *pdu, size_t len, BackendSent done, void *user);
void qmi_read(Backend *backend, const Place *place, BackendRead done, void *user);
void qmi_delete(Backend *backend, const Place *place, BackendDone done, void *user);
void qmi_acknowledge(Backend *backend, const Place *place, BackendDone done, void *user);

/* ---- qmi-list.c */

void qmi_list(Backend *backend, BackendListed done, void *user);

/* ---- qmi-report.c */

/* Hands up what is not stored, and reads what is. For the signal "event-report"; `user` is the
 * backend. */
void qmi_on_event_report(QmiClientWms *client, QmiIndicationWmsEventReportOutput *report,
                         gpointer user);

/* ---- qmi-status.c */

/* Watches card, network and storage from now on, and asks for what there is. */
void qmi_status_start(QmiBackend *qmi);
void qmi_status_stop(QmiBackend *qmi);

/* Asks how full the storages are, and what it would not tell before. */
void qmi_status_check(QmiBackend *qmi);

/* Asks how full the storages are. */
void qmi_ask_sizes(QmiBackend *qmi);
