/**
 * The etcd version whose contract this server meets: clients switch features on by it. Our own version stands beside it
 * on /version.
 */
export const ETCD_VERSION = '3.6.14';
export const ETCD_CLUSTER_VERSION = '3.6.0';
export const STORAGE_VERSION = '3.6.0';
