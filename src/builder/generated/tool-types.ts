import type { FromSchema } from '../schema-type.ts';

/** Input and output of the built-in tools. Written by `npm run codegen` from each `tool.json`. */
export interface BuiltInToolTypes {
  /** Writes rows as CSV (RFC 4180). Text that a spreadsheet would run as a formula is made harmless. */
  'csv.format': {
    input: FromSchema<{"type":"object","required":["rows"],"additionalProperties":false,"properties":{"rows":{"type":"array","items":{"type":"object"}},"columns":{"type":"array","items":{"type":"string"}},"delimiter":{"type":"string"},"header":{"type":"boolean"},"escapeFormulas":{"type":"boolean"}}}>;
    output: FromSchema<{"type":"object","required":["text","count"],"additionalProperties":false,"properties":{"text":{"type":"string"},"count":{"type":"integer"}}}>;
  };
  /** Reads CSV (RFC 4180) into one object for each row. All values are text. */
  'csv.parse': {
    input: FromSchema<{"type":"object","required":["text"],"additionalProperties":false,"properties":{"text":{"type":"string"},"delimiter":{"type":"string"},"header":{"type":"boolean"},"maxRows":{"type":"integer"}}}>;
    output: FromSchema<{"type":"object","required":["columns","rows","count"],"additionalProperties":false,"properties":{"columns":{"type":"array","items":{"type":"string"}},"rows":{"type":"array","items":{"type":"object","additionalProperties":{"type":"string"}}},"count":{"type":"integer"}}}>;
  };
  /** Reads a file of a granted folder, as text, JSON or base64. */
  'file.read': {
    input: FromSchema<{"type":"object","required":["folder","path"],"additionalProperties":false,"properties":{"folder":{"type":"string"},"path":{"type":"string"},"as":{"type":"string","enum":["text","json","base64"]},"maxBytes":{"type":"integer"}}}>;
    output: FromSchema<{"type":"object","required":["bytes"],"additionalProperties":false,"properties":{"text":{"type":"string"},"json":{},"base64":{"type":"string"},"bytes":{"type":"integer"}}}>;
  };
  /** The SHA-2 digest of a text or of base64 bytes. */
  'hash.digest': {
    input: FromSchema<{"type":"object","additionalProperties":false,"properties":{"text":{"type":"string"},"base64":{"type":"string"},"algorithm":{"type":"string","enum":["sha256","sha384","sha512"]},"encoding":{"type":"string","enum":["hex","base64","base64url"]}}}>;
    output: FromSchema<{"type":"object","required":["digest","algorithm","bytes"],"additionalProperties":false,"properties":{"digest":{"type":"string"},"algorithm":{"type":"string"},"bytes":{"type":"integer"}}}>;
  };
  /** Makes an HTTP request to a granted host. A header may hold {{secret:name}}. Follows up to 5 redirects, each checked again. */
  'http.request': {
    input: FromSchema<{"type":"object","required":["url"],"additionalProperties":false,"properties":{"url":{"type":"string"},"method":{"type":"string","enum":["GET","HEAD","POST","PUT","PATCH","DELETE","OPTIONS"]},"headers":{"type":"object","additionalProperties":{"type":"string"}},"body":{"type":"string"},"json":{},"as":{"type":"string","enum":["text","json","base64"]},"failOnStatus":{"type":"boolean"},"timeoutMs":{"type":"integer"},"maxBytes":{"type":"integer"}}}>;
    output: FromSchema<{"type":"object","required":["status","url","headers","bytes"],"additionalProperties":false,"properties":{"status":{"type":"integer"},"url":{"type":"string"},"headers":{"type":"object","additionalProperties":{"type":"string"}},"text":{"type":"string"},"json":{},"base64":{"type":"string"},"bytes":{"type":"integer"}}}>;
  };
  /** Selects values by a JSONPath query (RFC 9535), such as $.items[?@.price > 10].name. */
  'json.query': {
    input: FromSchema<{"type":"object","required":["json","query"],"additionalProperties":false,"properties":{"json":{},"query":{"type":"string"}}}>;
    output: FromSchema<{"type":"object","required":["values","first","count"],"additionalProperties":false,"properties":{"values":{"type":"array"},"first":{},"count":{"type":"integer"}}}>;
  };
  /** Fills {name} and {user.name} in a text with the other members of the input. {{ and }} stand for braces. */
  'text.template': {
    input: FromSchema<{"type":"object","required":["template"],"additionalProperties":true,"properties":{"template":{"type":"string"}}}>;
    output: FromSchema<{"type":"object","required":["text"],"additionalProperties":false,"properties":{"text":{"type":"string"}}}>;
  };
}
