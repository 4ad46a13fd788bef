export { isolateFileJob, isolateFileJobWith } from './isolate_file_job.ts'
export { type ScanFileDeps, scanFileJob, scanFileJobWith } from './scan_file_job.ts'
export {
  type FileStorage,
  type FileStorageEnv,
  FileStorageError,
  type StoredObject,
  supabaseFileStorage,
} from './storage.ts'
