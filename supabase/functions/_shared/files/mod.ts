export { isolateFileJob, isolateFileJobWith } from './isolate_file_job.ts'
export { removeObjectsJob, removeObjectsJobWith } from './remove_objects_job.ts'
export { type ScanFileDeps, scanFileJob, scanFileJobWith } from './scan_file_job.ts'
export {
  type FileStorage,
  type FileStorageEnv,
  FileStorageError,
  type StoredObject,
  supabaseFileStorage,
} from './storage.ts'
export { sweepFilesJob, sweepFilesJobWith } from './sweep_job.ts'
