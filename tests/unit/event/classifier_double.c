#include "classifier_double.h"

const CwPromptSet *
cw_classifier_get_set(const CwClassifier *classifier)
{
    return &classifier->set;
}

const CwModelInfo *
cw_classifier_get_model_info(const CwClassifier *classifier)
{
    return &classifier->model;
}
