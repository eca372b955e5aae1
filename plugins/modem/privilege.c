/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "privilege.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void privilege_drop(void)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        for (unsigned long capability = 0; capability <= CAP_LAST_CAP; capability++)
                prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
        syscall(SYS_capset, &header, none);
}
