/**
 * Disk models: how long an fdatasync takes on a volume that is not there.
 *
 *   const disk = modelledDisk(nodeDisk(), { model: findDiskModel('gp3'), nowMs, random: seededRandom(1) });
 *
 * `DISK_MODELS` are data with their date, sources and confidence; a model of low confidence is a promise turned into a
 * figure, and what is measured on it must be called a plan. `modelFromProbe` makes one from a measured volume.
 * `modelledVolume` is pure and keeps a model's limits and credits; `modelledDisk` applies it to a real disk on the thread
 * that writes the WAL.
 */
export type { DiskModel, LatencyModel, LimitModel } from './model.ts';
export { DISK_MODELS, findDiskModel } from './find-model.ts';
export { modelledVolume, type ModelledVolume } from './modelled-volume.ts';
export { modelledDisk, type ModelledDisk, type ModelledDiskOptions } from './modelled-disk.ts';
export { modelFromProbe, parseModel, serializeModel } from './saved-model.ts';
