// The package for programs: what `import … from 'regency'` gives. Everything else may change with any release.

export { type Grant, LicenseError, LicensePool, type PoolOptions, type Token } from './license-pool.ts';
export { keysIn } from './own-keys.ts';
