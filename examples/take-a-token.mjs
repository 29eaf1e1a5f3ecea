import { keysIn, LicenseError, LicensePool } from 'regency';

const pool = new LicensePool({
  servers: new Map([['s1', process.argv[2] ?? '127.0.0.1:5093']]), // one that is up is enough: it tells of the others
  owner: 'anna@desk-7',
  keys: keysIn('keys/clients/client'),
});
try {
  const token = await pool.acquire('cad'); // or acquire(feature, version, units); it is renewed by itself
  token.onLost(() => console.error('the license is lost: save your work'));
  console.log(`granted by ${token.grant()?.server}`);
  if (token.held()) console.log('at work'); // costs no message: ask before each step
  await token.release();
  console.log(`held: ${token.held()}`);
} catch (error) {
  if (!(error instanceof LicenseError)) throw error;
  console.error(`no license: ${error.message}`);
  process.exitCode = 1;
}
await pool.close();
