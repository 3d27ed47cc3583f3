/** The volume that `make iso` makes. */
export const mediumLabel = 'COREOS_INSTALLER';
