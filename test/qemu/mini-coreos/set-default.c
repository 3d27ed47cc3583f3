// set-default INDEX: boots the deployment of that place in `ostree admin status` from now on. It makes the
// calls of `ostree admin set-default`, which versions before 2023 lack. The declarations are those of
// libostree's and GLib's public headers, reduced to what is used here.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

typedef struct Sysroot Sysroot;
typedef struct {
    void **items;
    unsigned length;
} PtrArray;
typedef struct {
    unsigned domain;
    int code;
    char *message;
} Error;

extern Sysroot *ostree_sysroot_new_default(void);
extern void ostree_sysroot_set_mount_namespace_in_use(Sysroot *);
extern int ostree_sysroot_lock(Sysroot *, Error **);
extern int ostree_sysroot_load(Sysroot *, void *, Error **);
extern PtrArray *ostree_sysroot_get_deployments(Sysroot *);
extern int ostree_sysroot_write_deployments(Sysroot *, PtrArray *, void *, Error **);

static void fail(const char *what) {
    fprintf(stderr, "set-default: %s\n", what);
    exit(1);
}

int main(int count, char **words) {
    // /sysroot and /boot become writable for this process alone.
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0) {
        fail("no mount namespace");
    }
    Error *error = NULL;
    Sysroot *sysroot = ostree_sysroot_new_default();
    ostree_sysroot_set_mount_namespace_in_use(sysroot);
    if (!ostree_sysroot_lock(sysroot, &error) || !ostree_sysroot_load(sysroot, NULL, &error)) {
        fail(error->message);
    }
    PtrArray *deployments = ostree_sysroot_get_deployments(sysroot);
    unsigned index = count == 2 ? (unsigned)strtoul(words[1], NULL, 10) : 0;
    if (index < 1 || index >= deployments->length) fail("the argument is not the index of another deployment");
    void *chosen = deployments->items[index];
    memmove(deployments->items + 1, deployments->items, index * sizeof(void *));
    deployments->items[0] = chosen;
    if (!ostree_sysroot_write_deployments(sysroot, deployments, NULL, &error)) fail(error->message);
    return 0;
}
