/** The version that servers and documents name; package.json's (a test compares them: this file runs in browsers too). */
export const version = "0.1.0";
