// What is wrong, in the language of whoever looks: the same sentences as in the errors of the nodes.
(function () {
  'use strict';
  var panel = (window.bitlanePanel = window.bitlanePanel || {});
  var sets = '@bitlane/node-red-bitrix24/';

  /** The sentence of a trouble, or what the server made of it. */
  function sentence(t, trouble, nodeType) {
    var find = panel.drawing.find;
    // What nobody foresaw has no sentence of its own that would tell anything.
    if (trouble.code === 'INTERNAL' && trouble.message) return trouble.message;
    var params = readable(t, trouble, nodeType);
    return (
      find(t, 'panel.trouble.' + trouble.code) ||
      (trouble.code === 'ADDRESS_REFUSED' && sentenceOnAddress(t, params, nodeType)) ||
      find(t, 'bitlane.error.' + trouble.code, params) ||
      trouble.message ||
      trouble.code
    );
  }

  function readable(t, trouble, nodeType) {
    var find = panel.drawing.find;
    var params = Object.assign({}, trouble.params);
    // A person knows a setting by the label in its dialog.
    if (params.property !== undefined) params.property = label(nodeType, params.property) || params.property;
    if (params.because !== undefined) {
      params.why = find(t, 'bitlane.brief.' + params.because) || params.why || '';
    }
    if (trouble.code === 'CONFIG_INVALID' && params.why !== undefined) {
      params.expected = find(t, 'bitlane.expected.' + params.why, params) || params.expected || '';
    }
    if (params.mode !== undefined) params.mode = find(t, 'bitlane.difyMode.' + params.mode) || params.mode;
    if (trouble.code === 'DIFY_TIMEOUT' && params.setting !== undefined) {
      params.setting = find(t, 'bitlane.difyLimit.' + params.timer) || params.setting;
    }
    if (trouble.code === 'SPEECHSENSE_KEY_FILE') {
      params.reason = find(t, 'bitlane.keyFile.' + params.fault, params) || trouble.message;
    }
    return params;
  }

  /** Where the node can allow private networks, that tick is named as its dialog does. */
  function sentenceOnAddress(t, params, nodeType) {
    var find = panel.drawing.find;
    if (params.fault === undefined) return undefined;
    var tick = label(nodeType, 'allowPrivateNetwork');
    var fault = params.fault === 'private' && !tick ? 'received' : params.fault;
    var text = find(t, 'bitlane.address.' + fault, Object.assign({}, params, { tick: tick || '' }));
    if (!text || params.property === undefined) return text;
    return [find(t, 'bitlane.address.field', params), text].filter(Boolean).join(' ');
  }

  function label(nodeType, property) {
    if (!nodeType) return undefined;
    var key = sets + nodeType + ':' + nodeType + '.label.' + property;
    var text = RED._(key);
    return text === key ? undefined : text;
  }

  panel.sentences = { sentence: sentence };
})();
