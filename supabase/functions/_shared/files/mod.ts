export {
  type FileStorage,
  type FileStorageEnv,
  FileStorageError,
  type StoredObject,
  supabaseFileStorage,
} from './storage.ts'
