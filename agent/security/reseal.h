/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From the key file to the credential: what lies on disk follows the key that seals it. */

#include "security/seal.h"

/*
 * Where `seal` has its key from the credential and `state_directory` still has the key file of
 * earlier starts: seals what that one sealed under the new key, both generations, then removes the
 * key file, unless the disk could not read all. To be called before anything else reads. What is
 * unusable stays as it is. Interrupted or failed, it goes on at the next start: nothing is lost,
 * but `seal` cannot read all yet. Errno of seal_write(), of the kernel's keys and of the disk; 0
 * where there is nothing to do.
 */
int reseal(Seal *seal, const char *state_directory);
