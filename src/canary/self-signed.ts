// selfsigned by a name of its own: a bundle gives a CommonJS package that is loaded late only as a default export.
// To be loaded when a certificate is made, and not before.
export { generate } from 'selfsigned';
