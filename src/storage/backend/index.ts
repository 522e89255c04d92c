/**
 * The forms of `Backend`: LMDB for real members, and a deterministic twin in memory for the simulator and for tests.
 * Both pass the same contract suite (`test/storage/backend`).
 */
export { openLmdbBackend, type LmdbBackendOptions } from './lmdb-backend.ts';
export { MemoryBackend, memoryMedia, type MemoryBackendOptions, type MemoryMedia } from './memory-backend.ts';
