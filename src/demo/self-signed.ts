// The maker of certificates, behind a door of its own: loaded only by servers that have TLS. Imported by name here, since a
// CommonJS package that is imported dynamically loses its names in a bundle.
export { generate } from 'selfsigned';
